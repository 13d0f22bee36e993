#include "config/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/sections.h"

namespace haina {
namespace {

using Json = nlohmann::json;
using enum RuleEffect;

constexpr double kLargestNumber = 1e12;
constexpr double kLongestList = 1000;

enum class Write { kIfSet, kAlways };

// A key of a rule, the effects that use it, and whether to_json writes it even with its default value.
struct RuleKey {
  Key<RuleConfig> key;
  std::vector<RuleEffect> effects;
  Write write = Write::kIfSet;
};

const std::vector<RuleKey>& keys_of_rules() {
  static const KeyRules kNumber = {.min = -kLargestNumber, .max = kLargestNumber};
  static const std::vector<RuleKey> keys = {
      {{"name", &RuleConfig::name, "name of the rule, unique", {.required = true}},
       {kFilter, kBoost, kPin, kQuota},
       Write::kAlways},
      {{"do", &RuleConfig::effect, "what the rule does", {.required = true}},
       {kFilter, kBoost, kPin, kQuota},
       Write::kAlways},
      {{"field", &RuleConfig::field, "filter, boost, quota: item field that selects the items, \"movies.genres\""},
       {kFilter, kBoost, kQuota}},
      {{"is", &RuleConfig::is, "filter, boost, quota: values of the field, any of which selects an item"},
       {kFilter, kBoost, kQuota}},
      {{"above", &RuleConfig::above, "filter, boost, quota: selects items whose number in the field is larger",
        kNumber},
       {kFilter, kBoost, kQuota}},
      {{"below", &RuleConfig::below, "filter, boost, quota: selects items whose number in the field is smaller",
        kNumber},
       {kFilter, kBoost, kQuota}},
      {{"date",
        &RuleConfig::date,
        "filter: selects items whose date in the field is past (an expiry) or still in the future (not before), at the "
        "moment of each list",
        {.allowed = {"past", "future"}}},
       {kFilter}},
      {{"added_since_training",
        &RuleConfig::added_since_training,
        "filter, boost, quota: instead of a field, selects the items added since training",
        {.old_name = "fresh"}},
       {kFilter, kBoost, kQuota}},
      {{"item", &RuleConfig::item, "pin: id of the item"}, {kPin}},
      {{"position", &RuleConfig::position, "pin: position in the list, from 1", {.min = 1, .max = kLongestList}},
       {kPin},
       Write::kAlways},
      {{"by", &RuleConfig::by,
        "boost: added to the scores, in standard deviations of a list's scores (with [serve] action_values, in their "
        "unit); may be negative",
        kNumber},
       {kBoost},
       Write::kAlways},
      {{"at_least",
        &RuleConfig::at_least,
        "quota: least number of the items in a list",
        {.min = 0, .max = kLongestList}},
       {kQuota}},
      {{"at_most",
        &RuleConfig::at_most,
        "quota: largest number of the items in a list; -1: any number",
        {.min = -1, .max = kLongestList}},
       {kQuota}},
  };
  return keys;
}

}  // namespace

const KeyTable<RuleConfig>& rule_keys() {
  static const KeyTable<RuleConfig> table = [] {
    KeyTable<RuleConfig> made = {.name = "[[rule]]",
                                 .doc =
                                     "A business rule on every list, whatever the model's scores. The HTTP API takes "
                                     "the same keys as JSON: PUT /v1/rules/{name}.",
                                 .example =
                                     "[[rule]]\nname = \"no adult titles\"\ndo = \"filter\"\nfield = "
                                     "\"movies.genres\"\nis = [\"Adult\"]\n\n[[rule]]\nname = \"new "
                                     "arrivals\"\ndo = \"quota\"\nadded_since_training = true\nat_least = 1\n",
                                 .keys = {},
                                 .finish = [](RuleConfig& rule) { return check_rule(rule); }};
    for (const RuleKey& key : keys_of_rules()) {
      made.keys.push_back(key.key);
    }
    return made;
  }();
  return table;
}

Status check_rule(const RuleConfig& rule) {
  const auto wrong = [&](const char* what, const char* hint) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("rule '{}' {}", rule.name, what), rule.place, hint});
  };
  if (rule.name.empty()) {
    return wrong("has no name", "write name = \"…\"");
  }
  if (rule.effect == kPin) {
    return !rule.item.empty() && rule.field.empty() ? ok()
                                                    : Status(wrong("does not name the one item that it pins",
                                                                   "write item = \"…\", position = 1, and no field"));
  }
  const int ways = (rule.is.empty() ? 0 : 1) + (rule.above || rule.below ? 1 : 0) + (rule.date.empty() ? 0 : 1);
  if (rule.added_since_training != rule.field.empty() || ways != (rule.added_since_training ? 0 : 1)) {
    return wrong("does not select items in exactly one way",
                 "write field = \"movies.genres\", is = [\"Drama\"]; or field = \"movies.year\", above = 1990; or "
                 "field = \"offers.ends\", date = \"past\"; or added_since_training = true");
  }
  if (!rule.date.empty() && rule.effect != kFilter) {
    return wrong("compares dates, which only filters do", "write do = \"filter\"");
  }
  if (rule.effect == kQuota && rule.at_least <= 0 && rule.at_most < 0) {
    return wrong("limits nothing", "write at_least = 1 or at_most = 3");
  }
  return ok();
}

Json to_json(const RuleConfig& rule) {
  Json json = Json::object();
  for (const RuleKey& key : keys_of_rules()) {
    const Json value = key.key.to_json(rule);
    if (std::ranges::find(key.effects, rule.effect) != key.effects.end() &&
        (key.write == Write::kAlways || value != key.key.info.fallback)) {
      json[key.key.info.name] = value;
    }
  }
  return json;
}

Result<RuleConfig> parse_rule(const Json& json) {
  static const KeyTable<RuleConfig> table = [] {
    KeyTable<RuleConfig> of_api = rule_keys();
    of_api.name = "rule";
    return of_api;
  }();
  RuleConfig rule;
  HAINA_OK(read_section(table, from_json(json, "rule"), OldNames::kAccept, rule));
  return rule;
}

Json rule_schema() {
  Json schema = schema_of(describe(rule_keys()), OldNamesInSchema::kLeftOut);
  std::erase(schema["required"].get_ref<Json::array_t&>(), Json("name"));
  return schema;
}

}  // namespace haina
