#include "base/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/suggest.h"

namespace haina {

Params::Params(std::span<const ParamSpec> specs) : specs_(specs.begin(), specs.end()) {
  for (const ParamSpec& spec : specs_) {
    values_[spec.name] = spec.value;
  }
}

Status Params::set(const std::string& name, double value, const std::string& where) {
  const auto spec = std::find_if(specs_.begin(), specs_.end(), [&](const ParamSpec& s) { return s.name == name; });
  if (spec == specs_.end()) {
    std::vector<std::string> known;
    for (const ParamSpec& s : specs_) {
      known.push_back(s.name);
    }
    return fail(
        {ErrorCode::kInvalidArgument, fmt::format("unknown parameter '{}'", name), where, did_you_mean(name, known)});
  }
  if (!std::isfinite(value) || value < spec->min || value > spec->max) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("parameter '{}' is {}", name, value), where,
                 fmt::format("give a number from {} to {}: {}", spec->min, spec->max, spec->doc)});
  }
  values_[name] = value;
  return ok();
}

double Params::number(const std::string& name) const {
  const auto found = values_.find(name);
  HAINA_ASSERT(found != values_.end());
  return found->second;
}

Status Params::merge(const nlohmann::json& values, const std::string& where) {
  for (const auto& [name, value] : values.items()) {
    if (!value.is_number() && !value.is_boolean()) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("parameter '{}' is not a number", name), where,
                   "write a number, true or false"});
    }
    HAINA_OK(set(name, value.is_boolean() ? (value.get<bool>() ? 1.0 : 0.0) : value.get<double>(), where));
  }
  return ok();
}

}  // namespace haina
