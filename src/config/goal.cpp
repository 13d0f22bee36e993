#include "config/goal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

namespace haina {

bool Goal::met(double value) const {
  return op == ">="   ? value >= bound
         : op == ">"  ? value > bound
         : op == "<=" ? value <= bound
         : op == "<"  ? value < bound
         : op == "==" ? value == bound
                      : value != bound;
}

Result<std::vector<Goal>> parse_goals(const Config& config) {
  std::vector<Goal> goals;
  for (const std::string& text : config.goal) {
    const size_t at = text.find_first_of("<>=!");
    Goal goal;
    goal.name = text.substr(0, at);
    goal.name.erase(goal.name.find_last_not_of(' ') + 1);
    if (at != std::string::npos) {
      const size_t width = at + 1 < text.size() && text[at + 1] == '=' ? 2 : 1;
      goal.op = text.substr(at, width);
      char* end = nullptr;
      goal.bound = std::strtod(text.c_str() + at + width, &end);
      const std::set<std::string> known = {">=", ">", "<=", "<", "==", "!="};
      if (!known.contains(goal.op) || end == text.c_str() + at + width || *end != '\0' || goal.name.empty()) {
        return fail({ErrorCode::kInvalidArgument, fmt::format("cannot read the goal '{}'", text),
                     place_of(config, "goal"),
                     "write goal = [\"rating >= 4\"] (a value column and a number) or [\"watch\"] (an action)"});
      }
    }
    goals.push_back(goal);
  }
  return goals;
}

bool is_wanted(std::span<const Goal> goals, const std::string& action, std::optional<double> value) {
  return goals.empty() || std::ranges::any_of(goals, [&](const Goal& goal) {
           return goal.op.empty() ? goal.name == action : value && std::isfinite(*value) && goal.met(*value);
         });
}

}  // namespace haina
