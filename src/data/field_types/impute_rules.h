// What the rules of [clean.impute] share: "median", "mean" and "mode" are computed, every other text is the value.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/field.h"

namespace haina {

bool is_statistic(const std::string& rule);
// kInvalidArgument: the rule does not fit the type of the field.
Error rule_does_not_fit(const Field& field, const std::string& rule, const std::string& where, std::string hint);

// The most frequent value; the smallest where several are. values: not empty.
template <class T>
T mode_of(const std::vector<T>& values) {
  std::map<T, int64_t> counts;
  for (const T& value : values) {
    ++counts[value];
  }
  return std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })->first;
}

}  // namespace haina
