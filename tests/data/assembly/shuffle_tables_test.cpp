#include "data/assembly/shuffle_tables.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "data/dictionary_of.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::shared_ptr<arrow::Table> table_of(const Pairs& rows, const char* second) {
  std::vector<std::string> users, items;
  for (const auto& [user, item] : rows) {
    users.push_back(user);
    items.push_back(item);
  }
  return arrow::Table::Make(
      arrow::schema({arrow::field("user", dictionary_type()), arrow::field(second, dictionary_type())}),
      {dictionary_of(users), dictionary_of(items)});
}

Pairs rows_of(const arrow::Table& table, const char* second) {
  Pairs rows;
  for (int64_t r = 0; r < table.num_rows(); ++r) {
    rows.emplace_back(text_at(column_of(table, "user"), r), text_at(column_of(table, second), r));
  }
  return rows;
}

// Three users with twenty items each, and who follows whom.
struct Shuffled {
  explicit Shuffled(uint64_t seed, RowOrder order = RowOrder::kNone) {
    for (int u = 0; u < 3; ++u) {
      for (int i = 0; i < 20; ++i) {
        before.emplace_back("u" + std::to_string(u), "i" + std::to_string((7 * i + u) % 20));
      }
    }
    clicks.name = "clicks";
    clicks.order = order;
    follows.name = "follows";
    std::vector<SourceTable> tables = {{&clicks, table_of(before, "item")},
                                       {&follows, table_of({{"u0", "u1"}, {"u1", "u2"}}, "other")}};
    EXPECT_TRUE(shuffle_tables(seed, tables));
    after = rows_of(*tables[0].table, "item");
    ties = rows_of(*tables[1].table, "other");
  }
  SourceConfig clicks, follows;
  Pairs before, after, ties;
};

TEST(ShuffleTables, SeedZeroChangesNothing) {
  const Shuffled made(0);
  EXPECT_EQ(made.after, made.before);
}

TEST(ShuffleTables, TheSamePairsStayUnderOtherNamesInAnotherOrder) {
  const Shuffled made(5);
  ASSERT_EQ(made.after.size(), made.before.size());
  std::map<std::string, std::set<std::string>> items_before, items_after;  // the items of each user
  for (size_t r = 0; r < made.before.size(); ++r) {
    items_before[made.before[r].first].insert(made.before[r].second);
    items_after[made.after[r].first].insert(made.after[r].second);
    EXPECT_EQ(made.after[r].first.size(), 16U);
  }
  EXPECT_EQ(items_after.size(), items_before.size());
  EXPECT_FALSE(items_after.contains("u0"));
  for (const auto& [user, items] : items_after) {
    EXPECT_EQ(items.size(), 20U);
  }
  for (const auto& [user, other] : made.ties) {
    EXPECT_TRUE(items_after.contains(user) && items_after.contains(other)) << "an id has one new name in all tables";
  }
  EXPECT_EQ(Shuffled(5).after, made.after);
  EXPECT_NE(Shuffled(6).after, made.after);
}

TEST(ShuffleTables, RowsInOrderStayInOrderForEachUser) {
  const Shuffled ordered(5, RowOrder::kRows);
  std::map<std::string, std::vector<std::string>> lists;
  for (const auto& [user, item] : ordered.after) {
    lists[user].push_back(item);
  }
  std::map<std::string, std::string> next;  // the item 7 steps on, in every user's list
  for (const auto& [user, list] : lists) {
    for (size_t i = 0; i + 1 < list.size(); ++i) {
      EXPECT_EQ(next.try_emplace(list[i], list[i + 1]).first->second, list[i + 1]);
    }
  }
}

}  // namespace
}  // namespace haina
