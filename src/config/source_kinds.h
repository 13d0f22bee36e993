// Kinds, sides and parts of sources, with the names that haina.toml uses for them.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "config/named_enum.h"

namespace haina {

enum class SourceKind { kEvents, kImpressions, kItems, kUsers, kSocial, kLinks, kVectors, kMedia, kValues, kOrders };
inline constexpr auto kSourceKinds = std::to_array<EnumName<SourceKind>>(
    {{"events", SourceKind::kEvents, "what users did with items"},
     {"impressions", SourceKind::kImpressions, "items that users were shown"},
     {"items", SourceKind::kItems, "one row per item: its fields"},
     {"users", SourceKind::kUsers, "one row per user: the profile"},
     {"social", SourceKind::kSocial, "pairs of users"},
     {"links", SourceKind::kLinks, "pairs of items, items and entities, or triples of a knowledge graph"},
     {"vectors", SourceKind::kVectors, "one embedding per item or user"},
     {"media", SourceKind::kMedia, "one file per item or user: a picture, a sound or a film"},
     {"values", SourceKind::kValues, "names of the codes in a column of another source"},
     {"orders", SourceKind::kOrders, "one row per order, with its user and time: events join them by the order's id"}});
constexpr std::span<const EnumName<SourceKind>> enum_names(SourceKind) { return kSourceKinds; }

enum class Side { kUser, kItem };
inline constexpr auto kSides =
    std::to_array<EnumName<Side>>({{"user", Side::kUser, "users"}, {"item", Side::kItem, "items"}});
constexpr std::span<const EnumName<Side>> enum_names(Side) { return kSides; }

// The part of a published split that a row belongs to ([split] by = "files"); kAll where rows belong to no part.
enum class Part : uint8_t { kAll = 0, kTrain = 1, kValidation = 2, kTest = 3, kNegatives = 4 };
inline constexpr auto kParts = std::to_array<EnumName<Part>>(
    {{"all", Part::kAll, "no published part"},
     {"train", Part::kTrain, "events of the training part"},
     {"validation", Part::kValidation, "events of the validation part"},
     {"test", Part::kTest, "events of the test part"},
     {"negatives", Part::kNegatives, "published candidates, ranked beside the test items"}});
constexpr std::span<const EnumName<Part>> enum_names(Part) { return kParts; }

}  // namespace haina
