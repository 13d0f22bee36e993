// "Did you mean": the known name nearest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace haina {

// Damerau-Levenshtein distance (optimal string alignment) in bytes.
int edit_distance(std::string_view a, std::string_view b);
// "did you mean 'ease'? known: ease, ials, …"; without a near name only the list (at most 12, then a count).
std::string did_you_mean(std::string_view name, std::span<const std::string> known);

}  // namespace haina
