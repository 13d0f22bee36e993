#include "config/exclude_seen.h"

#include <cmath>

#include "config/exclude_seen_value.h"
#include "toml_fixture.h"

namespace haina {
namespace {

class ExcludeSeenTest : public TomlTest {
 protected:
  Result<Config> with(const std::string& value) {
    return load("[project]\nname = \"p\"\n" + std::string(kSource) + "[serve]\nexclude_seen = " + value + "\n");
  }
};

TEST_F(ExcludeSeenTest, AgesAreHoursDaysWeeksAndYears) {
  EXPECT_EQ(parse_age_days("90d"), 90);
  EXPECT_EQ(parse_age_days("90 days"), 90);
  EXPECT_EQ(parse_age_days("1.5w"), 10.5);
  EXPECT_EQ(parse_age_days("12h"), 0.5);
  EXPECT_EQ(parse_age_days("1 year"), 365);
  for (const char* const wrong : {"", "d", "90", "90m", "-3d", "0d", "inf d", "90d later", "nan d"}) {
    EXPECT_FALSE(parse_age_days(wrong)) << wrong;
  }
}

TEST_F(ExcludeSeenTest, ATableGivesEachActionItsRule) {
  const auto config = with(R"({ buy = "90d", view = false, rating = true })");
  ASSERT_TRUE(config) << to_text(config.error());
  const ExcludeSeen& seen = config->serve.exclude_seen;
  EXPECT_FALSE(seen.all);
  EXPECT_EQ(seen.of_action.at("buy"), 90);
  EXPECT_EQ(seen.of_action.at("view"), 0);
  EXPECT_TRUE(std::isinf(seen.of_action.at("rating")));
  EXPECT_EQ(ValueType<ExcludeSeen>::to_json(seen), (nlohmann::json{{"buy", "90d"}, {"view", false}, {"rating", true}}));
}

TEST_F(ExcludeSeenTest, OneValueHoldsForEveryAction) {
  EXPECT_EQ(with("false")->serve.exclude_seen.all, 0);
  EXPECT_EQ(with("\"2w\"")->serve.exclude_seen.all, 14);
  EXPECT_TRUE(std::isinf(*with("true")->serve.exclude_seen.all));
}

TEST_F(ExcludeSeenTest, WhatIsNoAgeIsRefusedWhereItStands) {
  const auto whole = with("\"soon\"");
  ASSERT_FALSE(whole);
  EXPECT_EQ(whole.error().code, ErrorCode::kInvalidArgument);
  const auto one = with("{ buy = 90 }");
  ASSERT_FALSE(one);
  EXPECT_NE(one.error().what.find("exclude_seen.buy"), std::string::npos) << one.error().what;
  EXPECT_NE(one.error().at.find("haina.toml:"), std::string::npos) << one.error().at;
  EXPECT_NE(one.error().hint.find("90d"), std::string::npos) << one.error().hint;
}

}  // namespace
}  // namespace haina
