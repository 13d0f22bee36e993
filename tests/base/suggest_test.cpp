#include "base/suggest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace haina {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsChangesAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0);
  EXPECT_EQ(edit_distance("ease", ""), 4);
  EXPECT_EQ(edit_distance("ease", "ease"), 0);
  EXPECT_EQ(edit_distance("ease", "eas"), 1);
  EXPECT_EQ(edit_distance("ease", "eese"), 1);
  EXPECT_EQ(edit_distance("ease", "aese"), 1);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
}

TEST(DidYouMean, NamesTheNearestAndAllKnown) {
  const std::vector<std::string> known = {"ease", "ials", "item_knn"};
  EXPECT_EQ(did_you_mean("esae", known), "did you mean 'ease'? known: ease, ials, item_knn");
  EXPECT_EQ(did_you_mean("transformer", known), "known: ease, ials, item_knn");
}

TEST(DidYouMean, ShowsTwelveNamesAtMost) {
  std::vector<std::string> known;
  for (int i = 0; i < 15; ++i) {
    known.push_back("name" + std::to_string(i) + "_of_many");
  }
  const std::string text = did_you_mean("x", known);
  EXPECT_NE(text.find("name11_of_many and 3 more"), std::string::npos) << text;
  EXPECT_EQ(text.find("name12"), std::string::npos);
}

}  // namespace
}  // namespace haina
