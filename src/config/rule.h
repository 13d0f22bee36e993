// One business rule on recommendation lists: a [[rule]] of haina.toml, or a rule of the HTTP API.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/named_enum.h"

namespace haina {

enum class RuleEffect { kFilter, kBoost, kPin, kQuota };
inline constexpr auto kRuleEffects = std::to_array<EnumName<RuleEffect>>(
    {{"filter", RuleEffect::kFilter, "the items never appear in a list"},
     {"boost", RuleEffect::kBoost, "the items' scores rise or fall"},
     {"pin", RuleEffect::kPin, "one item stands at a fixed position"},
     {"quota", RuleEffect::kQuota, "a list holds at least or at most so many of the items"}});
constexpr std::span<const EnumName<RuleEffect>> enum_names(RuleEffect) { return kRuleEffects; }

// A rule applies to the items that a field's values select (is, above, below), to the items added since training, or
// (pin) to one item.
struct RuleConfig {
  std::string name;
  RuleEffect effect = RuleEffect::kFilter;  // "do"
  std::string field;                        // of items, "movies.genres"; filter, boost and quota
  std::vector<std::string> is;              // one of these values; empty: by the bounds
  std::optional<double> above, below;
  std::string date;                           // filter: "past" or "future": items whose date in the field is that
  bool added_since_training = false;          // instead of a field: items added since training
  std::string item;                           // pin
  int64_t position = 1;                       // pin, from 1
  double by = 1;                              // boost: standard deviations of the scores, may be negative
  int64_t at_least = 0;                       // quota: items per list
  int64_t at_most = -1;                       // quota; -1: any number
  std::string place;                          // "haina.toml:7:1"
  std::map<std::string, std::string> places;  // of the keys that are set
};

// kInvalidArgument, at the rule's place, where its keys do not make a rule together.
Status check_rule(const RuleConfig& rule);
// The keys that matter to the rule's effect.
nlohmann::json to_json(const RuleConfig& rule);
// The inverse of to_json. kInvalidArgument with a place such as "rule.position". The old name of a key is accepted.
Result<RuleConfig> parse_rule(const nlohmann::json& json);
// JSON Schema of a rule in the HTTP API's body. The name is optional there, since the path has it.
nlohmann::json rule_schema();

}  // namespace haina
