// Hyper-parameters of encoders, experts and networks: declared once in an entry, checked, documented and overridden by
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

// Values for a list of specs: defaults first, then what the user set.
class Params {
 public:
  Params() = default;
  explicit Params(std::span<const ParamSpec> specs);
  // `where` names the place of the value in the user's input. Unknown names are answered with "did you mean".
  Status set(const std::string& name, double value, const std::string& where);
  double number(const std::string& name) const;
  int64_t integer(const std::string& name) const { return static_cast<int64_t>(number(name)); }
  bool flag(const std::string& name) const { return number(name) != 0; }
  nlohmann::json to_json() const { return values_; }
  Status merge(const nlohmann::json& values, const std::string& where);

 private:
  std::vector<ParamSpec> specs_;
  std::map<std::string, double> values_;
};

}  // namespace haina
