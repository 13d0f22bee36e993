#include "data/rows/list_cell.h"

#include <gtest/gtest.h>

namespace haina {
namespace {

using Elements = std::vector<std::string>;

TEST(ListElements, AreThoseOfEveryWayToWriteLists) {
  EXPECT_EQ(list_elements("['Action', 'Drama']"), (Elements{"Action", "Drama"}));
  EXPECT_EQ(list_elements("[\"a, b\", \"c\"]"), (Elements{"a, b", "c"}));
  EXPECT_EQ(list_elements("Action, Comedy"), (Elements{"Action", "Comedy"}));
  EXPECT_EQ(list_elements("a|b"), (Elements{"a", "b"}));
  EXPECT_EQ(list_elements("{a;b}"), (Elements{"a", "b"}));
  EXPECT_EQ(list_elements("[0.1 -0.2\n 3e-1]"), (Elements{"0.1", "-0.2", "3e-1"}));
  EXPECT_EQ(list_elements("Children's, Rock 'n' Roll"), (Elements{"Children's", "Rock 'n' Roll"}));
  EXPECT_EQ(list_elements("one value"), (Elements{"one value"}));
  EXPECT_EQ(list_elements("[{'id': 16, 'name': 'Animation'}, {'id': 35, 'name': 'Comedy'}]"),
            (Elements{"Animation", "Comedy"}));
  EXPECT_TRUE(list_elements("[]").empty());
  EXPECT_TRUE(list_elements("").empty());
}

TEST(SplitList, CutsAtTheSeparatorAndKeepsOthers) {
  EXPECT_EQ(split_list(" a |b||c", "|"), (Elements{"a", "b", "c"}));
  EXPECT_EQ(split_list("a, b", ""), (Elements{"a, b"}));
  EXPECT_EQ(split_list("[1, 2]", kListSeparator), (Elements{"1", "2"}));
}

}  // namespace
}  // namespace haina
