#include "data/assembly/normal_ids.h"

#include <gtest/gtest.h>

#include "data/assembly/join_orders.h"
#include "data/cleaning/id_meetings.h"
#include "data/dictionary_of.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

using Ids = std::vector<std::string>;

SourceConfig source(const std::string& name, SourceKind kind) {
  SourceConfig config;
  config.name = name;
  config.kind = kind;
  return config;
}

std::shared_ptr<arrow::Table> table(const std::vector<std::pair<std::string, Ids>>& columns) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const auto& [name, ids] : columns) {
    fields.push_back(arrow::field(name, dictionary_type()));
    arrays.push_back(dictionary_of(ids));
  }
  return arrow::Table::Make(arrow::schema(fields), arrays);
}

// The ids of a table of items after they met events on these items.
Ids met(const Ids& events, const Ids& items, QualityReport& quality) {
  const SourceConfig clicks = source("clicks", SourceKind::kEvents);
  const SourceConfig catalog = source("catalog", SourceKind::kItems);
  std::vector<SourceTable> tables = {{&clicks, table({{"user", Ids(events.size(), "u")}, {"item", events}})},
                                     {&catalog, table({{"item", items}})}};
  EXPECT_TRUE(make_ids_meet(tables, quality));
  Ids result;
  const arrow::Array* const column = column_of(*tables[1].table, "item");
  for (int64_t r = 0; r < column->length(); ++r) {
    result.emplace_back(text_at(column, r));
  }
  return result;
}

TEST(NormalIds, BlanksAndPointsOfWholeNumbersGo) {
  QualityReport quality;
  EXPECT_EQ(met({"196", "7"}, {"196.0", " 7 "}, quality), (Ids{"196", "7"}));
  EXPECT_EQ(met({"1.0", "1.5"}, {"1.0", "1.5"}, quality), (Ids{"1.0", "1.5"}));  // versions, not whole numbers
}

TEST(NormalIds, CaseZerosAndUuidsChangeOnlyWhereIdsThenMeet) {
  QualityReport quality;
  EXPECT_EQ(met({"sku-a", "sku-b"}, {"SKU-A", "SKU-B"}, quality), (Ids{"sku-a", "sku-b"}));
  EXPECT_EQ(met({"42", "7"}, {"0042", "0007"}, quality), (Ids{"42", "7"}));
  EXPECT_EQ(met({"123e4567-e89b-12d3-a456-426614174000"}, {"{123E4567E89B12D3A456426614174000}"}, quality),
            (Ids{"123e4567-e89b-12d3-a456-426614174000"}));
  EXPECT_EQ(met({"a", "A", "b"}, {"a", "B"}, quality), (Ids{"a", "B"}));  // two ids of the events would be one
  EXPECT_EQ(met({"a", "b", "c"}, {"a", "b", "C0"}, quality), (Ids{"a", "b", "C0"}));
}

TEST(NormalIds, HowWellTheIdsMeetIsSaid) {
  QualityReport quality;
  met({"a", "b"}, {"x", "y"}, quality);
  const std::vector<std::string> lines = meeting_lines(quality.meetings, Meetings::kBad);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("0 % of its 2 items are in the events"), std::string::npos) << lines[0];
  EXPECT_NE(lines[0].find("'x'"), std::string::npos) << lines[0];
  QualityReport good;
  met({"a", "b"}, {"a", "b"}, good);
  EXPECT_TRUE(meeting_lines(good.meetings, Meetings::kBad).empty());
  EXPECT_EQ(meeting_lines(good.meetings, Meetings::kAll).size(), 1U);
}

TEST(JoinOrders, RowsGetTheUserOfTheirOrderAndUnknownOrdersAreCounted) {
  SourceConfig lines = source("lines", SourceKind::kEvents);
  lines.join = "orders";
  const SourceConfig orders = source("orders", SourceKind::kOrders);
  std::vector<SourceTable> tables = {{&lines, table({{"order", {"2", "1", "9", "2"}}, {"item", {"a", "b", "c", "d"}}})},
                                     {&orders, table({{"order", {"1", "2"}}, {"user", {"ann", "bob"}}})}};
  QualityReport quality;
  const Status status = join_orders(tables, quality);
  ASSERT_TRUE(status) << to_text(status.error());
  ASSERT_EQ(tables.size(), 1U);
  const arrow::Array* const users = column_of(*tables[0].table, "user");
  ASSERT_EQ(users->length(), 3);
  EXPECT_EQ(text_at(users, 0), "bob");
  EXPECT_EQ(text_at(users, 1), "ann");
  EXPECT_EQ(quality.rules.at(0).rule, "event of an unknown order dropped");
  lines.join = "oders";
  tables = {{&lines, table({{"order", {"2"}}, {"item", {"a"}}})},
            {&orders, table({{"order", {"2"}}, {"user", {"b"}}})}};
  EXPECT_NE(join_orders(tables, quality).error().hint.find("orders"), std::string::npos);
}

}  // namespace
}  // namespace haina
