#include "data/field_types/impute_rules.h"

#include <fmt/format.h>

#include <utility>

namespace haina {

bool is_statistic(const std::string& rule) { return rule == "median" || rule == "mean" || rule == "mode"; }

Error rule_does_not_fit(const Field& field, const std::string& rule, const std::string& where, std::string hint) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("'{}' cannot fill '{}', a field of type {}", rule, field.full_name(), to_string(field.type)),
          where, std::move(hint)};
}

}  // namespace haina
