// Hyper-parameters of encoders, experts and networks: declared once in a registry entry, checked, documented and set by
// name.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace haina {

struct ParamSpec {
  std::string name;
  double value = 0;  // default
  double min = 0;
  double max = 0;
  std::string doc;  // one line, with the unit
};

// Values for a list of specs: the defaults, overridden by set() and merge().
class Params {
 public:
  Params() = default;
  explicit Params(std::span<const ParamSpec> specs);
  // `where` is the place of the value in the user's input. The error of an unknown name has "did you mean".
  Status set(const std::string& name, double value, const std::string& where);
  double number(const std::string& name) const;
  int64_t integer(const std::string& name) const { return static_cast<int64_t>(number(name)); }
  bool flag(const std::string& name) const { return number(name) != 0; }
  nlohmann::json to_json() const { return values_; }
  // An object of numbers and booleans by name.
  Status merge(const nlohmann::json& values, const std::string& where);

 private:
  std::vector<ParamSpec> specs_;
  std::map<std::string, double> values_;
};

}  // namespace haina
