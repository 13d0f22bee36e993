#include "text/action_words.h"

#include <gtest/gtest.h>

#include "text/name_words.h"

namespace haina {
namespace {

Deed deed(const char* name) { return action_word(name).value().deed; }
int wish(const char* name) { return action_word(name).value().wish; }

TEST(ActionWords, AreKnownInManySpellingsAndLanguages) {
  for (const char* const name :
       {"view", "Viewed", "page_view", "pv", "浏览", "Klick", "просмотр", "detail-page-view"}) {
    EXPECT_EQ(deed(name), Deed::kLookedAt) << name;
    EXPECT_EQ(wish(name), 0) << name;
  }
  for (const char* const name :
       {"AddToCart", "add-to-cart", "Warenkorb", "корзина", "加购", "saved", "saving", "liking"}) {
    EXPECT_EQ(deed(name), Deed::kWanted) << name;
    EXPECT_GT(wish(name), 0) << name;
  }
  for (const char* const name : {"purchase", "购买", "Kauf", "checkout", "bought", "orders"}) {
    EXPECT_EQ(deed(name), Deed::kDealtWith) << name;
    EXPECT_EQ(wish(name), 3) << name;
  }
  for (const char* const name : {"dislike", "skipped", "дизлайк", "取消", "Rückgabe", "not_interested"}) {
    EXPECT_EQ(deed(name), Deed::kRefused) << name;
    EXPECT_EQ(wish(name), -1) << name;
  }
}

TEST(ActionWords, ReadingAndWatchingDealWithAnItemAndSayNothingForIt) {
  EXPECT_EQ(deed("read"), Deed::kDealtWith);
  EXPECT_EQ(wish("watched"), 0);
}

TEST(ActionWords, TakingOutOfTheCartIsNoRefusalOfTheItem) {
  EXPECT_EQ(deed("remove_from_cart"), Deed::kWanted);
  EXPECT_EQ(wish("removeFromCart"), -1);
}

TEST(ActionWords, OtherNamesAndTitlesAreNone) {
  EXPECT_FALSE(action_word(""));
  EXPECT_FALSE(action_word("garden.tools"));
  EXPECT_FALSE(action_word("The view from the bridge"));
  EXPECT_TRUE(action_word("the user had a view of it", 8));
}

TEST(ActionWords, AWholeNameComesBeforeItsWords) { EXPECT_EQ(deed("unlike"), Deed::kRefused); }

TEST(NameWords, AreFoldedAndCut) {
  EXPECT_EQ(name_words("Book-RatingÉté"), (std::vector<std::string>{"book", "rating", "ete"}));
}

}  // namespace
}  // namespace haina
