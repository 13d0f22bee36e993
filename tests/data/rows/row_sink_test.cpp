// What the sink promises every reader: read = accepted + rejected, columns of the accepted rows in order, and bad rows
// with place and reason.
#include "data/rows/row_sink.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/stop.h"
#include "data/rows/row_block_builder.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

SourceConfig source() {
  SourceConfig config;
  config.name = "events";
  config.max_rejects = 1;
  for (const char* const role : {"user", "item", "value", "time"}) {
    config.columns.push_back({.column = role, .role = role, .type = "", .separator = "", .place = "haina.toml:5:1"});
  }
  config.columns.push_back({.column = "tags", .role = "", .type = "tags", .separator = "|", .place = "haina.toml:5:1"});
  return config;
}

class RowSinks : public testing::Test {
 protected:
  // Cells of user, item, value, time, tags; the row is line `line_`.
  Status add(const std::vector<std::string_view>& texts) {
    std::vector<Cell> cells;
    for (const std::string_view text : texts) {
      cells.push_back({.text = text});
    }
    const std::vector<size_t> columns = {0, 1, 2, 3, 4};
    return sink_.add({.file = "f.csv", .line = ++line_, .byte = 10 * line_, .raw = "raw"}, cells, columns);
  }

  SourceConfig source_ = source();
  ReadOptions options_;
  RowSink sink_ = RowSink(source_, options_);
  int64_t line_ = 0;
};

TEST_F(RowSinks, ReadIsAcceptedPlusRejected) {
  ASSERT_TRUE(add({"u", "i", "1.5", "1700000000", "a|b"}));
  ASSERT_TRUE(add({"u", "", "1", "1700000000", ""}));      // an empty id
  ASSERT_TRUE(add({"u", "i", "four", "1700000000", ""}));  // no number
  ASSERT_TRUE(sink_.reject({.file = "f.csv", .line = ++line_, .byte = 40, .raw = "x"}, "ragged", "3 cells"));
  ASSERT_TRUE(add({"v", "j", "", "", ""}));  // all but ids may be empty
  const auto result = sink_.finish("f.csv");
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->read, 5);
  EXPECT_EQ(result->accepted, 2);
  EXPECT_EQ(result->rejected, 3);
  ASSERT_EQ(result->first_rejects.size(), 3U);
  EXPECT_EQ(place_of(result->first_rejects[0]), "f.csv:2:2");
  EXPECT_EQ(result->first_rejects[0].code, "empty");
  EXPECT_EQ(place_of(result->first_rejects[1]), "f.csv:3:3");
  EXPECT_EQ(result->first_rejects[1].byte, 30);
  EXPECT_EQ(place_of(result->first_rejects[2]), "f.csv:4") << "the whole row";
  const arrow::Table& table = *result->table;
  ASSERT_TRUE(table.ValidateFull().ok());
  ASSERT_EQ(table.num_rows(), 2);
  EXPECT_EQ(text_at(column_of(table, "user"), 1), "v");
  EXPECT_EQ(number_at(column_of(table, "value"), 0), 1.5);
  EXPECT_FALSE(number_at(column_of(table, "value"), 1));
  EXPECT_TRUE(column_of(table, "time")->IsNull(1));
  EXPECT_EQ(static_cast<const arrow::ListArray*>(column_of(table, "tags"))->value_length(0), 2);
  EXPECT_EQ(result->detected["time_unit"], "s");
}

TEST_F(RowSinks, BlocksFollowTheRowsBeforeThem) {
  ASSERT_TRUE(add({"first", "i", "1", "1700000000", ""}));
  EXPECT_TRUE(sink_.times_known());
  std::vector<RowBlock> blocks(2);
  for (size_t b = 0; b < 2; ++b) {
    blocks[b].builder = sink_.new_builder();
    for (const char* const user : {"a", "b"}) {
      const std::vector<Cell> cells = {{.text = user}, {.text = "i"}, {.text = "2"}, {.text = "1700000001"}, {}};
      Reject reject;
      size_t column = 0;
      ASSERT_TRUE(blocks[b].builder->add(cells, reject, column)) << reject.message;
      ++blocks[b].accepted;
    }
    // An ISO time does not fit the numbers of the rows before.
    const std::vector<Cell> iso = {{.text = "c"}, {.text = "i"}, {.text = "2"}, {.text = "2024-05-01"}, {}};
    Reject reject;
    size_t column = 0;
    ASSERT_FALSE(blocks[b].builder->add(iso, reject, column));
    EXPECT_EQ(column, 3U);
    EXPECT_EQ(reject.code, "time");
    blocks[b].rejects.push_back(reject);
  }
  ASSERT_TRUE(sink_.append(std::move(blocks), "f.csv"));
  ASSERT_TRUE(add({"last", "i", "1", "1700000000", ""}));
  const auto result = sink_.finish("f.csv");
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->read, 8);
  EXPECT_EQ(result->accepted, 6);
  EXPECT_EQ(result->rejected, 2);
  std::string users;
  for (int64_t r = 0; r < result->table->num_rows(); ++r) {
    users += std::string(text_at(column_of(*result->table, "user"), r)) + " ";
  }
  EXPECT_EQ(users, "first a b a b last ");
}

TEST_F(RowSinks, ListsAreCheckedElementByElement) {
  const std::vector<std::string> good = {"a", "b"}, bad = {"a", "\xFF"};
  const std::vector<double> numbers = {1, std::numeric_limits<double>::infinity()};
  const auto add_tags = [&](const Cell& tags) {
    const std::vector<Cell> cells = {{.text = "u"}, {.text = "i"}, {}, {}, tags};
    return sink_.add({.file = "f.json", .line = ++line_}, cells, {});
  };
  ASSERT_TRUE(add_tags({.elements = good, .is_list = true}));
  ASSERT_TRUE(add_tags({.elements = bad, .is_list = true}));
  ASSERT_TRUE(add_tags({.numbers = numbers, .is_list = true}));
  EXPECT_EQ(sink_.invalid_texts(), 1);
  const auto result = sink_.finish("f.json");
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->accepted, 1);
  ASSERT_EQ(result->first_rejects.size(), 2U);
  EXPECT_EQ(result->first_rejects[0].code, "encoding");
  EXPECT_EQ(result->first_rejects[1].code, "list");
  EXPECT_EQ(place_of(result->first_rejects[0]), "f.json:2") << "without columns, the row alone";
}

TEST_F(RowSinks, NoRowsAreAnEmptyTableAndTooManyBadOnesAnError) {
  const auto none = RowSink(source_, options_).finish("f.csv");
  ASSERT_TRUE(none) << to_text(none.error());
  EXPECT_EQ(none->read, 0);
  EXPECT_EQ(none->table->num_rows(), 0);
  source_.max_rejects = 0.4;
  ASSERT_TRUE(add({"u", "i", "1", "1", ""}));
  ASSERT_TRUE(add({"", "i", "1", "1", ""}));
  const auto half = sink_.finish("f.csv");
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().at, "f.csv:2:1");
  EXPECT_NE(half.error().hint.find("max_rejects"), std::string::npos);
}

TEST_F(RowSinks, ManyRowsKeepTheirOrderAndARequestedStopEndsThem) {
  for (int i = 0; i < 200000; ++i) {  // more than are made columns at a time
    ASSERT_TRUE(add({"u", std::to_string(i % 1000), "", "", ""}));
  }
  auto result = sink_.finish("f.csv");
  ASSERT_TRUE(result) << to_text(result.error());
  ASSERT_EQ(result->table->num_rows(), 200000);
  for (const int64_t r : {int64_t{0}, int64_t{65535}, int64_t{65536}, int64_t{199999}}) {
    EXPECT_EQ(text_at(column_of(*result->table, "item"), r), std::to_string(r % 1000));
  }
  StopFlag stop;
  stop.request();
  const ReadOptions options = {.stop = &stop};
  RowSink stopped(source_, options);
  Status status = ok();
  int64_t rows = 0;
  for (; status && rows < 200000; ++rows) {
    status = stopped.reject({.file = "f.csv"}, "ragged", "");
  }
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInterrupted);
  EXPECT_LT(rows, 100000);
}

}  // namespace
}  // namespace haina
