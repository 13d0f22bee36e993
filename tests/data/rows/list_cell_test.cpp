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
  EXPECT_EQ(list_elements("['red' 'deep blue'\n 'green']"), (Elements{"red", "deep blue", "green"}));
  EXPECT_EQ(list_elements(R"(["caf\u00e9", "say \"hi\""])"), (Elements{"caf\u00e9", "say \"hi\""}));
  EXPECT_EQ(list_elements("[[1, 2], [3]]"), (Elements{"1", "2", "3"}));
  EXPECT_EQ(list_elements("[a], [b]"), (Elements{"[a]", "[b]"})) << "no brackets around both";
  EXPECT_TRUE(list_elements("[]").empty());
  EXPECT_TRUE(list_elements("").empty());
}

TEST(SplitList, CutsAtTheSeparatorAndKeepsOthers) {
  EXPECT_EQ(split_list(" a |b||c", "|"), (Elements{"a", "b", "c"}));
  EXPECT_EQ(split_list("a, b", ""), (Elements{"a, b"}));
  EXPECT_EQ(split_list("[1, 2]", kListSeparator), (Elements{"1", "2"}));
}

TEST(SplitList, AListInACellLosesItsBracketsAndQuotesWhateverTheSeparator) {
  for (const char* const separator : {",", ", ", "|", " "}) {
    EXPECT_EQ(split_list("[384, 289]", separator), (Elements{"384", "289"})) << separator;
    EXPECT_EQ(split_list(" ['a', 'b'] ", separator), (Elements{"a", "b"})) << separator;
    EXPECT_EQ(split_list(R"(["a, b", "c"])", separator), (Elements{"a, b", "c"})) << separator;
    EXPECT_EQ(split_list("[384]", separator), Elements{"384"}) << separator;
    EXPECT_TRUE(split_list("[]", separator).empty()) << separator;
  }
  EXPECT_EQ(split_list("{a,b}", ","), (Elements{"a", "b"}));
  EXPECT_EQ(split_list("(1, 2)", ","), (Elements{"1", "2"}));
  EXPECT_EQ(split_list("[a|b, c]", "|"), (Elements{"a", "b, c"}));
  EXPECT_EQ(split_list("[0.1 0.2]", " "), (Elements{"0.1", "0.2"}));
}

TEST(SplitList, BracketsThatAreNotAroundTheWholeCellStay) {
  EXPECT_EQ(split_list("[Live]|HD [new]", "|"), (Elements{"[Live]", "HD [new]"}));
  EXPECT_EQ(split_list("[Live]|[HD]", "|"), (Elements{"[Live]", "[HD]"}));
  EXPECT_EQ(split_list("(Live)", "|"), Elements{"(Live)"});
  EXPECT_EQ(split_list("'68|'89", "|"), (Elements{"'68", "'89"})) << "quotes outside of lists are text";
}

}  // namespace
}  // namespace haina
