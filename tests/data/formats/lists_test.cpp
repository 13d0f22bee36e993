#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "format_files.h"

namespace haina {
namespace {

using ListFormat = FormatFiles;

TEST_F(ListFormat, ListsGiveARowForEveryItemInOrder) {
  const auto result =
      read("train.txt", "0 10 11 12\r\n1\n2 10 \n\n", {column("#1", "user"), column("#2", "item")}, "lists");
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->accepted, 4);
  EXPECT_EQ(text_at(*result, "user", 2), "0");
  EXPECT_EQ(text_at(*result, "item", 2), "12");
  EXPECT_EQ(text_at(*result, "user", 3), "2");
  const auto timed = read("train.txt", "0 1 2\n", kEvents, "lists");
  ASSERT_FALSE(timed);
  EXPECT_EQ(timed.error().code, ErrorCode::kInvalidArgument);
  const auto empty = read("train.txt", "1\n2\n", {column("#1", "user"), column("#2", "item")}, "lists");
  ASSERT_TRUE(empty) << to_text(empty.error());
  EXPECT_EQ(empty->accepted, 0);
}

TEST_F(ListFormat, ListsMayBeginAnywhereAndBeNumberedByTheirLine) {
  // A count, then the ids: what line i holds belongs to i.
  const auto counted =
      read("users.dat", "3 10 11 12\n0 \n1 10", {column("#row", "user"), column("#2", "item")}, "lists");
  ASSERT_TRUE(counted) << to_text(counted.error());
  ASSERT_EQ(counted->accepted, 4);
  EXPECT_EQ(text_at(*counted, "user", 0), "0");
  EXPECT_EQ(text_at(*counted, "item", 0), "10");
  EXPECT_EQ(text_at(*counted, "user", 3), "2");
  EXPECT_EQ(text_at(*counted, "item", 3), "10");
  // The same as ties of items, whose columns stand in another order.
  const auto ties = read("cites.dat", "2 5 6\n", {column("#2", "other"), column("#row", "item")}, "lists");
  ASSERT_TRUE(ties) << to_text(ties.error());
  EXPECT_EQ(text_at(*ties, "other", 1), "6");
  EXPECT_EQ(text_at(*ties, "item", 1), "0");
  // User, held-out item, candidates.
  const auto third = read("neg.tsv", "u\tp\t1,2\nv\tq\n",
                          {column("#1", "user"), column("#3", "item"), column("#2", "other")}, "lists");
  ASSERT_TRUE(third) << to_text(third.error());
  ASSERT_EQ(third->accepted, 2);
  EXPECT_EQ(text_at(*third, "item", 1), "2");
  EXPECT_EQ(text_at(*third, "other", 1), "p");
}

TEST_F(ListFormat, AListOfTagsIsOneRow) {
  const auto result =
      read("tags.dat", "2 war love\n0\n\n", {column("#row", "item"), column("#2", "", "tags")}, "lists");
  ASSERT_TRUE(result) << to_text(result.error());
  ASSERT_EQ(result->accepted, 3);  // an item without tags is an item, also on a line without anything
  const auto tags = std::static_pointer_cast<arrow::ListArray>(result->table->GetColumnByName("#2")->chunk(0));
  EXPECT_EQ(tags->value_length(0), 2);
  EXPECT_EQ(std::static_pointer_cast<arrow::LargeStringArray>(tags->values())->GetView(1), "love");
  EXPECT_EQ(tags->value_length(1), 0);
  EXPECT_EQ(text_at(*result, "item", 2), "2");
  const auto named = read("tags.txt", "\nx war\n\n", {column("#1", "item"), column("#2", "", "tags")}, "lists");
  ASSERT_TRUE(named) << to_text(named.error());
  EXPECT_EQ(named->read, 1);  // a blank line names nothing
}

TEST_F(ListFormat, AHeldOutPairBeforeAListStandsForItsUser) {
  const std::vector<ColumnConfig> columns = {column("#1", "user"), column("#2", "item")};
  const auto result =
      read("test.negative", "(7,25)\t1064\t174\n( u , 1)\t3\n(8,1)\n(9,2)x 5\n(10 6\n", columns, "lists");
  ASSERT_TRUE(result) << to_text(result.error());
  ASSERT_EQ(result->accepted, 6);
  EXPECT_EQ(text_at(*result, "user", 0), "7");
  EXPECT_EQ(text_at(*result, "item", 0), "1064");
  EXPECT_EQ(text_at(*result, "item", 1), "174");
  EXPECT_EQ(text_at(*result, "user", 2), "u");
  EXPECT_EQ(text_at(*result, "user", 3), "(9");  // no pair, so cut like any other line
  EXPECT_EQ(text_at(*result, "item", 3), "2)x");
  EXPECT_EQ(text_at(*result, "item", 4), "5");
  EXPECT_EQ(text_at(*result, "user", 5), "(10");
}

TEST_F(ListFormat, ListsSayHowTheirColumnsAreNamed) {
  for (const std::vector<ColumnConfig>& columns :
       {std::vector{column("#1", "user"), column("item", "item")},
        std::vector{column("#0", "user"), column("#2", "item")},
        std::vector{column("#2x", "user"), column("#2", "item")}, std::vector{column("#row", "user")}}) {
    const auto result = read("train.txt", "0 1 2\n", columns, "lists");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(result.error().at.empty());
    EXPECT_NE(result.error().hint.find("#row"), std::string::npos);
  }
}

}  // namespace
}  // namespace haina
