#include "config/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/suggest.h"

namespace haina {
namespace {

using Json = nlohmann::json;

}  // namespace

Status check_rule(const RuleConfig& rule) {
  const auto wrong = [&](std::string what, std::string mend) {
    return fail(
        {ErrorCode::kInvalidArgument, fmt::format("rule '{}' {}", rule.name, what), rule.place, std::move(mend)});
  };
  const std::vector<std::string> effects = {"filter", "boost", "pin", "quota"};
  if (rule.name.empty()) {
    return wrong("has no name", "write name = \"…\"");
  }
  if (std::ranges::find(effects, rule.effect) == effects.end()) {
    return wrong(fmt::format("does '{}'", rule.effect), did_you_mean(rule.effect, effects));
  }
  if (rule.effect == "pin") {
    return !rule.item.empty() && rule.position >= 1 && rule.field.empty()
               ? ok()
               : Status(wrong("pins nothing to a place", "write item = \"…\", position = 1"));
  }
  const bool bounds = rule.above || rule.below;
  if (rule.fresh != rule.field.empty() || (!rule.fresh && rule.is.empty() == !bounds)) {
    return wrong("does not say of which items",
                 "write field = \"movies.genres\", is = [\"Drama\"]; or above = 1990; or fresh = true");
  }
  if (rule.effect == "quota" && rule.at_least <= 0 && rule.at_most < 0) {
    return wrong("limits nothing", "write at_least = 1 or at_most = 3");
  }
  return ok();
}

nlohmann::json to_json(const RuleConfig& rule) {
  Json json = {{"name", rule.name}, {"do", rule.effect}};
  if (rule.effect == "pin") {
    json["item"] = rule.item;
    json["position"] = rule.position;
    return json;
  }
  if (rule.fresh) {
    json["fresh"] = true;
  } else {
    json["field"] = rule.field;
  }
  if (!rule.is.empty()) {
    json["is"] = rule.is;
  }
  if (rule.above) {
    json["above"] = *rule.above;
  }
  if (rule.below) {
    json["below"] = *rule.below;
  }
  if (rule.effect == "boost") {
    json["by"] = rule.by;
  }
  if (rule.effect == "quota" && rule.at_least > 0) {
    json["at_least"] = rule.at_least;
  }
  if (rule.effect == "quota" && rule.at_most >= 0) {
    json["at_most"] = rule.at_most;
  }
  return json;
}

Result<RuleConfig> parse_rule(const Json& json) {
  RuleConfig rule;
  rule.place = "rule";
  static const std::vector<std::string> known = {"name",  "do",   "field",    "is", "above",    "below",
                                                 "fresh", "item", "position", "by", "at_least", "at_most"};
  for (const auto& [name, value] : json.items()) {
    const auto wrong = [&, at = "rule." + name](const char* expected) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is not {}", at, expected), at,
                   fmt::format("give {}", expected)});
    };
    if (std::ranges::find(known, name) == known.end()) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("a rule has no '{}'", name), "rule." + name,
                   did_you_mean(name, known)});
    }
    if (name == "is") {
      for (const Json& one : value.is_array() ? value : Json::array({value})) {
        if (!one.is_string()) {
          return wrong("text, or a list of texts");
        }
        rule.is.push_back(one);
      }
    } else if (name == "fresh") {
      if (!value.is_boolean()) {
        return wrong("true or false");
      }
      rule.fresh = value;
    } else if (name == "position" || name == "at_least" || name == "at_most") {
      if (!value.is_number_integer() || value < 0 || value > 1000) {
        return wrong("a whole number up to 1000");
      }
      (name == "position" ? rule.position : name == "at_least" ? rule.at_least : rule.at_most) = value;
    } else if (name == "above" || name == "below" || name == "by") {
      if (!value.is_number() || std::abs(value.get<double>()) > 1e12) {
        return wrong("a number");
      }
      if (name == "by") {
        rule.by = value;
      } else {
        (name == "above" ? rule.above : rule.below) = value.get<double>();
      }
    } else {
      if (!value.is_string()) {
        return wrong("text");
      }
      (name == "name" ? rule.name : name == "do" ? rule.effect : name == "field" ? rule.field : rule.item) = value;
    }
  }
  HAINA_OK(check_rule(rule));
  return rule;
}

}  // namespace haina
