#include "data/assembly/title_similarity.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace haina {
namespace {

TEST(NormalKey, KeepsFoldedLettersAndDigits) {
  EXPECT_EQ(normal_key("ABC-0012 b"), normal_key("abc0012B"));
  EXPECT_EQ(normal_key("\xEF\xBC\xA1\xEF\xBC\xA2"), "ab");  // full width
  EXPECT_EQ(normal_key(" -!"), "");
}

TEST(NormalTitle, HasTheArticleInFrontTheYearAndTheNamesInParentheses) {
  const NormalTitle title = normal_title("City of Lost Children, The (Cité des enfants perdus, La) (1995)");
  EXPECT_EQ(title.variants, (std::vector<std::string>{"the city of lost children", "la cite des enfants perdus"}));
  EXPECT_EQ(title.year, 1995);
  EXPECT_EQ(normal_title("Oscar & Lucinda").variants, normal_title("OSCAR and LUCINDA").variants);
  EXPECT_EQ(normal_title("Boy's Life 2").variants, normal_title("Boys Life 2").variants);
  EXPECT_EQ(normal_title("1984").year, std::nullopt);
  EXPECT_TRUE(normal_title("").variants.empty());
  EXPECT_FALSE(normal_title("Open (paren").variants.empty());
}

TEST(TitleSimilarity, IsLowForARemakeAndHighForAnAdjacentYear) {
  const NormalTitle old = normal_title("Sabrina (1954)"), late = normal_title("Sabrina (1995)");
  EXPECT_LT(title_similarity(old, late), 0.9);
  EXPECT_GT(title_similarity(normal_title("Sabrina (1994)"), late), 0.9);
  EXPECT_EQ(title_similarity(late, late), 1);
}

TEST(TitleSimilarity, IsSymmetricAndCountsNamesInParenthesesALittleLess) {
  const NormalTitle both = normal_title("Seven Samurai (The Magnificent Seven)"), main = normal_title("Seven Samurai"),
                    other = normal_title("The Magnificent Seven"), apart = normal_title("Alien");
  EXPECT_EQ(title_similarity(both, main), 1);
  EXPECT_EQ(title_similarity(main, both), 1);
  EXPECT_LT(title_similarity(both, other), 1);
  EXPECT_GT(title_similarity(both, other), 0.95);
  EXPECT_LT(title_similarity(main, apart), 0.3);
}

TEST(YearOf, AcceptsFourDigitsInRange) {
  EXPECT_EQ(year_of("1995"), 1995);
  for (const char* const text : {"", "95", "19951", "1799", "2201", "199x"}) {
    EXPECT_EQ(year_of(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace haina
