#include "config/rule.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/log.h"
#include "toml_fixture.h"

namespace haina {
namespace {

using Json = nlohmann::json;

TEST(Rule, JsonRoundTripsWithTheKeysOfItsEffectAlone) {
  for (const Json& json : std::vector<Json>{
           {{"name", "a"}, {"do", "filter"}, {"field", "movies.genres"}, {"is", {"Adult"}}},
           {{"name", "b"},
            {"do", "boost"},
            {"field", "movies.year"},
            {"above", 1990.0},
            {"below", 2000.0},
            {"by", -2.0}},
           {{"name", "c"}, {"do", "pin"}, {"item", "7"}, {"position", 2}},
           {{"name", "d"}, {"do", "quota"}, {"added_since_training", true}, {"at_least", 1}, {"at_most", 3}}}) {
    const auto rule = parse_rule(json);
    ASSERT_TRUE(rule) << to_text(rule.error());
    EXPECT_EQ(to_json(*rule), json);
  }
  const auto pin = parse_rule({{"name", "c"}, {"do", "pin"}, {"item", "7"}});
  ASSERT_TRUE(pin);
  EXPECT_EQ(to_json(*pin), (Json{{"name", "c"}, {"do", "pin"}, {"item", "7"}, {"position", 1}}));
  const auto one = parse_rule({{"name", "a"}, {"do", "filter"}, {"field", "f"}, {"is", "x"}});
  ASSERT_TRUE(one);
  EXPECT_EQ(to_json(*one).at("is"), Json::array({"x"}));
}

TEST(Rule, TheOldNameOfAKeyIsAcceptedSilentlyInJson) {
  std::vector<std::string> warnings;
  set_log_sink([&](LogLevel, const std::string& text) { warnings.push_back(text); });
  const auto rule = parse_rule({{"name", "d"}, {"do", "filter"}, {"fresh", true}});
  set_log_sink({});
  ASSERT_TRUE(rule) << to_text(rule.error());
  EXPECT_TRUE(warnings.empty());
  EXPECT_EQ(to_json(*rule), (Json{{"name", "d"}, {"do", "filter"}, {"added_since_training", true}}));
  const auto both = parse_rule({{"name", "d"}, {"do", "filter"}, {"fresh", true}, {"added_since_training", true}});
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().at, "rule.fresh");
}

TEST(Rule, MistakesInJsonNameTheKey) {
  struct Mistake {
    Json json;
    std::string at, what, hint;
  };
  const Json pin = {{"name", "x"}, {"do", "pin"}, {"item", "7"}};
  const auto with = [&](const char* key, const Json& value) {
    Json json = pin;
    json[key] = value;
    return json;
  };
  for (const Mistake& mistake : std::vector<Mistake>{
           {{{"name", "x"}, {"do", "pni"}}, "rule.do", "cannot be 'pni'", "did you mean 'pin'?"},
           {{{"name", "x"}}, "rule", "has no 'do'", "write do"},
           {{{"do", "pin"}, {"item", "7"}}, "rule", "has no 'name'", "write name"},
           {with("position", 0), "rule.position", "cannot be 0", "from 1 to 1000"},
           {with("position", 1.5), "rule.position", "is 1.5", "whole number"},
           {with("position", uint64_t{1} << 63U), "rule.position", "not a whole number", "whole number"},
           {with("at_most", 1001), "rule.at_most", "cannot be 1001", "to 1000"},
           {with("by", "2"), "rule.by", "is '2'", "a number"},
           {with("by", 1e13), "rule.by", "cannot be", "a number"},
           {with("is", {"a", 3}), "rule.is[1]", "holds 3", "strings"},
           {with("itm", "7"), "rule.itm", "unknown key 'itm'", "did you mean 'item'?"},
           {with("item", nullptr), "rule.item", "not a string", "string"},
           {with("field", "movies.year"), "rule", "does not name the one item", "no field"},
           {"text", "rule", "not a table", "write"}}) {
    const auto rule = parse_rule(mistake.json);
    ASSERT_FALSE(rule) << mistake.json;
    EXPECT_EQ(rule.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(rule.error().at, mistake.at) << mistake.json;
    EXPECT_NE(rule.error().what.find(mistake.what), std::string::npos) << rule.error().what;
    EXPECT_NE(rule.error().hint.find(mistake.hint), std::string::npos) << rule.error().hint;
  }
}

TEST(Rule, ItsKeysMustSelectItemsInOneWay) {
  for (const Json& json : std::vector<Json>{{{"do", "filter"}},
                                            {{"do", "filter"}, {"field", "f"}},
                                            {{"do", "filter"}, {"field", "f"}, {"is", {"a"}}, {"above", 1}},
                                            {{"do", "boost"}, {"field", "f"}, {"added_since_training", true}},
                                            {{"do", "pin"}, {"position", 2}},
                                            {{"do", "quota"}, {"field", "f"}, {"is", {"a"}}}}) {
    Json named = json;
    named["name"] = "x";
    const auto rule = parse_rule(named);
    ASSERT_FALSE(rule) << named;
    EXPECT_EQ(rule.error().at, "rule");
    EXPECT_NE(rule.error().what.find("rule 'x'"), std::string::npos);
    EXPECT_NE(rule.error().hint.find("write "), std::string::npos);
  }
}

TEST(Rule, TheSchemaOfTheApiHasTheKeysOfTheTable) {
  const Json schema = rule_schema();
  EXPECT_EQ(schema.at("required"), Json::array({"do"}));
  EXPECT_EQ(schema.at("additionalProperties"), false);
  EXPECT_EQ(schema.at("properties").at("do").at("enum"), (Json{"filter", "boost", "pin", "quota"}));
  EXPECT_EQ(schema.at("properties").at("position").at("minimum"), 1);
  EXPECT_FALSE(schema.at("properties").contains("fresh"));
  for (const auto& [name, property] : schema.at("properties").items()) {
    EXPECT_FALSE(property.at("description").get<std::string>().empty()) << name;
  }
}

using RuleInToml = TomlTest;

TEST_F(RuleInToml, IsReadByTheSameTable) {
  const auto config = load(std::string(kSource) +
                           "[[rule]]\nname = \"old\"\ndo = \"boost\"\nfield = \"items.year\"\nbelow = 1985\nby = 2\n");
  ASSERT_TRUE(config) << to_text(config.error());
  ASSERT_EQ(config->serve.rules.size(), 1U);
  const RuleConfig& rule = config->serve.rules[0];
  EXPECT_EQ(to_json(rule),
            (Json{{"name", "old"}, {"do", "boost"}, {"field", "items.year"}, {"below", 1985.0}, {"by", 2.0}}));
  EXPECT_EQ(rule.place, at(6, 1));
  EXPECT_EQ(place_of(rule, "field"), at(9, 9));
}

}  // namespace
}  // namespace haina
