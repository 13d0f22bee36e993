// Bodies of requests: how deep they may be, and that a large one costs by its length.
#include "service/http/parse_json.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "service/http/problem_json.h"

namespace haina {
namespace {

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) {
    all += text;
  }
  return all;
}

TEST(ParseBody, TakesThirtyTwoLevels) {
  EXPECT_TRUE(parse_body(repeated("[", 32) + repeated("]", 32), "body"));
  const auto deeper = parse_body(repeated("[", 33) + repeated("]", 33), "body");
  ASSERT_FALSE(deeper);
  EXPECT_EQ(deeper.error().code, ErrorCode::kBadData);
  EXPECT_EQ(deeper.error().what, "JSON is nested too deeply");
  EXPECT_FALSE(parse_body(repeated(R"({"a":)", 1'000'000), "body"));
}

TEST(ParseBody, BracketsInTextsAreNoLevels) {
  EXPECT_TRUE(parse_body("[\"" + repeated("[{", 100) + "\"]", "body"));
  EXPECT_TRUE(parse_body("[\"\\\"" + repeated("[", 100) + "\"]", "body"));           // after an escaped quote
  EXPECT_TRUE(parse_body("[\"\\\\\", 1, \"" + repeated("[", 100) + "\"]", "body"));  // after an escaped backslash
  EXPECT_FALSE(parse_body("[\"\\\\\"," + repeated("[", 40) + repeated("]", 41), "body"));
  EXPECT_FALSE(parse_body("[\"", "body"));
  EXPECT_FALSE(parse_body("[\"\\", "body"));
}

// A cost by the square of the number of objects would take hours.
TEST(ParseBody, ManySmallObjectsTakeSeconds) {
  const auto begin = std::chrono::steady_clock::now();
  const auto body = parse_body("{\"events\": [" + repeated("{},", 900'000) + "{}]}", "body");
  ASSERT_TRUE(body);
  EXPECT_EQ((*body)["events"].size(), 900'001U);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST(ParseBody, ValuesThatModelsCanTake) {
  EXPECT_TRUE(is_usable_value(0));
  EXPECT_TRUE(is_usable_value(-1e30));
  EXPECT_FALSE(is_usable_value(1e39));  // infinite in single precision
  EXPECT_FALSE(is_usable_value(-1e308));
}

TEST(Problem, QuotesBeginAndEndOfALongText) {
  const std::string letters = repeated("é", 100'000);
  const HttpResponse response = problem(422, "unknown '" + letters + "'!", "write " + letters, letters);
  EXPECT_LT(response.body.size(), 16'000U);
  const auto body = nlohmann::json::parse(response.body);
  const std::string detail = body["detail"];
  EXPECT_TRUE(detail.starts_with("unknown 'é") && detail.ends_with("é'!")) << detail;
  EXPECT_EQ(quotable("short"), "short");
}

}  // namespace
}  // namespace haina
