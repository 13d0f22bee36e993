// [serve] exclude_seen: for how long what a user did with an item keeps it out of the user's lists.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string>

namespace haina {

struct ExcludeSeen {
  static constexpr double kForever = std::numeric_limits<double>::infinity();
  // Days since the event; 0: not at all; kForever: always.
  std::optional<double> all = {};                // exclude_seen = false: of every action
  std::map<std::string, double> of_action = {};  // of these actions; data/seen_actions.h has the rule for all others
};

// Days of "90d", "12h", "2 weeks" or "1 year"; nothing for any other text.
std::optional<double> parse_age_days(const std::string& text);

}  // namespace haina
