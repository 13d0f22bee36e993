// One business rule of lists: from haina.toml, or by the API.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace haina {

// What a business wants of lists, whatever the model says: [[rule]] of haina.toml, or by the API.
struct RuleConfig {
  std::string name;
  std::string effect;           // "do": filter | boost | pin | quota
  std::string field;            // of items, "movies.genres"; filter, boost and quota
  std::vector<std::string> is;  // one of these values; empty: by the bounds
  std::optional<double> above, below;
  bool fresh = false;    // in the place of a field: items that came in since training
  std::string item;      // pin
  int64_t position = 1;  // pin, from 1
  double by = 1;         // boost: standard deviations of the scores, also below 0
  int64_t at_least = 0;  // quota, of a list
  int64_t at_most = -1;  // quota; -1: any number
  std::string place;     // "haina.toml:7:1"
};

// kInvalidArgument, at the rule's place, where a rule says too little, too much, or what cannot be.
Status check_rule(const RuleConfig& rule);
nlohmann::json to_json(const RuleConfig& rule);
// As to_json gives it; kInvalidArgument at "rule.NAME".
Result<RuleConfig> parse_rule(const nlohmann::json& json);

}  // namespace haina
