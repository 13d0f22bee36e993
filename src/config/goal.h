// What a project wants more of: "rating >= 4", a value column and a bound; or "watch", an action.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/config.h"

namespace haina {

struct Goal {
  std::string name, op;  // op empty: an action
  double bound = 0;
  bool met(double value) const;
};

// kInvalidArgument, with the two forms, where one cannot be read.
Result<std::vector<Goal>> parse_goals(const Config& config);
// Of an event as it comes in live, whose value has no column's name. Without goals everything is wanted.
bool is_wanted(std::span<const Goal> goals, const std::string& action, std::optional<double> value);

}  // namespace haina
