// Settings of haina.toml that have a fixed set of values.
#pragma once

#include <array>
#include <span>

#include "config/named_enum.h"

namespace haina {

// [[source]] header
enum class HeaderLine { kDetect, kYes, kNo };
inline constexpr auto kHeaderLines = std::to_array<EnumName<HeaderLine>>(
    {{"auto", HeaderLine::kDetect, "detected from the content"},
     {"yes", HeaderLine::kYes, "the first line names the columns"},
     {"no", HeaderLine::kNo, "the first line is data; columns are \"#1\", \"#2\""}});
constexpr std::span<const EnumName<HeaderLine>> enum_names(HeaderLine) { return kHeaderLines; }

// [[source]] quote
enum class Quoting { kDetect, kDouble, kBackslash, kNone };
inline constexpr auto kQuotings =
    std::to_array<EnumName<Quoting>>({{"auto", Quoting::kDetect, "detected from the content"},
                                      {"\"", Quoting::kDouble, "double quotes; two of them stand for one inside"},
                                      {"\\\"", Quoting::kBackslash, "double quotes; a backslash before one inside"},
                                      {"none", Quoting::kNone, "a quote is an ordinary character"}});
constexpr std::span<const EnumName<Quoting>> enum_names(Quoting) { return kQuotings; }

// [[align]] by
enum class AlignBy { kKey, kTitle };
inline constexpr auto kAlignBys = std::to_array<EnumName<AlignBy>>(
    {{"key", AlignBy::kKey, "equal after normalization"}, {"title", AlignBy::kTitle, "similar text, and equal years"}});
constexpr std::span<const EnumName<AlignBy>> enum_names(AlignBy) { return kAlignBys; }

// [[source]] order
enum class RowOrder { kNone, kRows };
inline constexpr auto kRowOrders = std::to_array<EnumName<RowOrder>>(
    {{"none", RowOrder::kNone, "the order of rows says nothing"},
     {"rows", RowOrder::kRows, "each user's rows stand in the order in which the events happened"}});
constexpr std::span<const EnumName<RowOrder>> enum_names(RowOrder) { return kRowOrders; }

// [split] by
enum class SplitBy { kTime, kLeaveLast, kRandom, kNewUsers, kFiles };
inline constexpr auto kSplitBys = std::to_array<EnumName<SplitBy>>(
    {{"time", SplitBy::kTime, "the newest goal events are the test part"},
     {"leave_last", SplitBy::kLeaveLast, "the last goal event of each user is the test part"},
     {"random", SplitBy::kRandom, "a random share of the goal events is the test part"},
     {"new_users", SplitBy::kNewUsers, "a share of the users is unseen in training"},
     {"files", SplitBy::kFiles, "the sources say it: part = \"train\", \"validation\", \"test\""}});
constexpr std::span<const EnumName<SplitBy>> enum_names(SplitBy) { return kSplitBys; }

// [split] validation_by
enum class ValidationBy { kRandom, kOne, kLeaveLast, kLatest };
inline constexpr auto kValidationBys = std::to_array<EnumName<ValidationBy>>(
    {{"random", ValidationBy::kRandom, "a random share of the pairs"},
     {"one", ValidationBy::kOne, "one random pair of each user"},
     {"leave_last", ValidationBy::kLeaveLast, "the last pair of each user"},
     {"latest", ValidationBy::kLatest, "a share of each user's rows, from the end of the file's order"}});
constexpr std::span<const EnumName<ValidationBy>> enum_names(ValidationBy) { return kValidationBys; }

// [train] network
enum class NetworkChoice { kAuto, kSet, kSequence, kArticle, kNone };
inline constexpr auto kNetworkChoices = std::to_array<EnumName<NetworkChoice>>(
    {{"auto", NetworkChoice::kAuto,
      "sequence with [split] by = \"leave_last\", else set; none where the data is too small"},
     {"set", NetworkChoice::kSet, "the history as a set of items"},
     {"sequence", NetworkChoice::kSequence, "the history as an ordered sequence (a causal transformer)"},
     {"article", NetworkChoice::kArticle,
      "the network of the founding article: layers over what items and users are, trained on single pairs; alone, "
      "unless [train.experts] names experts"},
     {"none", NetworkChoice::kNone, "no fusion network"}});
constexpr std::span<const EnumName<NetworkChoice>> enum_names(NetworkChoice) { return kNetworkChoices; }

}  // namespace haina
