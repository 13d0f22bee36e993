// What a source can be: kinds, sides and parts, as haina.toml names them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace haina {

enum class SourceKind { kEvents, kImpressions, kItems, kUsers, kSocial, kLinks, kVectors, kMedia, kValues };
inline constexpr std::array<std::pair<const char*, SourceKind>, 9> kSourceKinds = {{{"events", SourceKind::kEvents},
                                                                       {"impressions", SourceKind::kImpressions},
                                                                       {"items", SourceKind::kItems},
                                                                       {"users", SourceKind::kUsers},
                                                                       {"social", SourceKind::kSocial},
                                                                       {"links", SourceKind::kLinks},
                                                                       {"vectors", SourceKind::kVectors},
                                                                       {"media", SourceKind::kMedia},
                                                                       {"values", SourceKind::kValues}}};
enum class Side { kUser, kItem };
// Which part of a published split a row was given for ([split] by = "files"); kAll elsewhere.
enum class Part : uint8_t { kAll = 0, kTrain = 1, kValidation = 2, kTest = 3, kNegatives = 4 };

std::string_view to_string(SourceKind kind);
std::string_view to_string(Side side);

}  // namespace haina
