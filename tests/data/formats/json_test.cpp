#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "format_files.h"

namespace haina {
namespace {

using JsonFormat = FormatFiles;

TEST_F(JsonFormat, JsonLinesKeepIdsWholeAndRefuseBadLinesAlone) {
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  const auto result = read("e.jsonl",
                           "{\"user\": 9007199254740993, \"item\": \"i,1\", \"rating\": 4.5, \"ts\": 881250949}\n"
                           "{\"user\": 2.0, \"item\": \"two\\nlines\", \"rating\": null, \"ts\": 881250950}\n\n"
                           "{\"user\": 3, \"item\": \n"
                           "[1, 2]\n"
                           "{\"user\": {\"id\": 3}, \"item\": \"x\"}\n"
                           "{\"user\": 3, \"item\": " +
                               deep +
                               "}\n"
                               "{\"user\": 3, \"item\": \"bad\xFF\"}\n"
                               "{\"user\": 3}\n"
                               "{\"user\": 3, \"item\": \"x\", \"rating\": [1]}\n"
                               "{\"user\": 3, \"item\": \"x\\u0000y\"}\n",
                           kEvents);
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->accepted, 2);
  EXPECT_EQ(text_at(*result, "user", 0), "9007199254740993");
  EXPECT_EQ(text_at(*result, "user", 1), "2");
  EXPECT_EQ(text_at(*result, "item", 1), "two\nlines");
  EXPECT_TRUE(result->table->GetColumnByName("value")->chunk(0)->IsNull(1));
  EXPECT_EQ(time_at(*result, 0), 881250949000000);
  std::vector<std::string> codes;
  std::vector<int64_t> lines;
  for (const Reject& reject : result->first_rejects) {
    codes.push_back(reject.code);
    lines.push_back(reject.line);
  }
  EXPECT_EQ(codes, (std::vector<std::string>{"json", "json", "json", "json", "encoding", "empty", "list", "nul"}));
  EXPECT_EQ(lines, (std::vector<int64_t>{4, 5, 6, 7, 8, 9, 10, 11}));
}

TEST_F(JsonFormat, AJsonArrayCountsLinesAndNamesMissingColumns) {
  const std::string text =
      "[\n {\"user\": \"u\", \"item\": \"i]\\\"{\",\n  \"rating\": 1, \"ts\": 1000000000},\n 17,\n {\"user\": \"v\", "
      "\"item\": \"j\"}\n]\n";
  const auto result = read("e.json", text, kEvents);
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->accepted, 2);
  EXPECT_EQ(text_at(*result, "item", 0), "i]\"{");
  ASSERT_EQ(result->first_rejects.size(), 1U);
  EXPECT_EQ(result->first_rejects[0].line, 4);
  const auto missing = read("e.json", text, {column("user", "user"), column("itm", "item")});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().hint.find("did you mean 'item'"), std::string::npos) << to_text(missing.error());
}

TEST_F(JsonFormat, AJsonObjectIsKeyedById) {
  const auto titles = read(
      "m.json", "{\"1\": {\"title\": \"A\", \"tags\": [\"x\", 2]}, \"a\\u00e9\": {\"title\": \"B\", \"tags\": []}}",
      {column("#key", "item"), column("title", "", "text"), column("tags", "", "tags")});
  ASSERT_TRUE(titles) << to_text(titles.error());
  EXPECT_EQ(text_at(*titles, "item", 1), "a\xC3\xA9");
  EXPECT_EQ(text_at(*titles, "title", 0), "A");
  const auto lists = std::static_pointer_cast<arrow::ListArray>(titles->table->GetColumnByName("tags")->chunk(0));
  EXPECT_EQ(lists->value_length(0), 2);
  EXPECT_EQ(lists->value_length(1), 0);
  EXPECT_EQ(std::static_pointer_cast<arrow::LargeStringArray>(lists->values())->GetView(1), "2");
  const auto values =
      read("m.json", "{\"1\": [3, 4], \"2\": [5]}", {column("#key", "item"), column("#value", "", "tags")});
  ASSERT_TRUE(values) << to_text(values.error());
  EXPECT_EQ(values->accepted, 2);
}

TEST_F(JsonFormat, AnEmptyArrayIsATableWithoutRows) {
  const auto result = read("e.json", "[]", kEvents);
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->accepted, 0);
}

class BrokenJson : public JsonFormat, public testing::WithParamInterface<BrokenFile> {};

TEST_P(BrokenJson, IsRefusedWithItsLine) {
  const auto result = read("e.json", GetParam().text, kEvents);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kBadData);
  EXPECT_NE(result.error().at.find(GetParam().at), std::string::npos) << to_text(result.error());
  EXPECT_FALSE(result.error().hint.empty());
}

INSTANTIATE_TEST_SUITE_P(All, BrokenJson,
                         testing::Values(BrokenFile{"no_bracket", "hello", "e.json:1"},
                                         BrokenFile{"blank", " \n ", "e.json:2"},
                                         BrokenFile{"cut_element", "[\n{\"user\": 1,", "e.json:2"},
                                         BrokenFile{"cut_array", "[{\"user\": 1},\n", "e.json:2"},
                                         BrokenFile{"text_behind", "[\n{}]\nx", "e.json:3"},
                                         BrokenFile{"bare_key", "{user: {}}", "e.json:1"},
                                         BrokenFile{"no_colon", "{\"user\" {}}", "e.json:1"},
                                         BrokenFile{"wrong_bracket", "[{\"user\": 1}}", "e.json:1"},
                                         BrokenFile{"scalars", "[1, 2, 3]", "e.json:1"},
                                         BrokenFile{"deep", std::string(1000000, '['), "e.json:1"}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace haina
