// The goal of a project: "rating >= 4", a value column and a bound; or "watch", an action.
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

// kInvalidArgument where a goal has neither form; the hint names both.
Result<std::vector<Goal>> parse_goals(const Config& config);
// Whether a live event, whose value has no column name, meets a goal. Without goals every event does.
bool is_wanted(std::span<const Goal> goals, const std::string& action, std::optional<double> value);

}  // namespace haina
