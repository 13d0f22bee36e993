#include "data/inference/name_hints.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace haina {
namespace {

TEST(NameHints, UsersAndItemsInManyLanguages) {
  for (const char* const name : {"user_id", "CustomerID", "userid", "用户ID", "kunde_nr", "utilisateur", "id_cliente",
                                 "пользователь", "会員番号", "reviewerID", "review_profilename", "고객ID", "userKey"}) {
    EXPECT_GE(NameHints(name).of(Meaning::kUser), 3) << name;
  }
  for (const char* const name :
       {"item_id", "StockCode", "商品ID", "商品コード", "ISBN", "article_id", "beer_beerid", "business_id", "anime_id",
        "товар", "id_producto", "parent_asin", "상품코드", "movieId"}) {
    EXPECT_GE(NameHints(name).of(Meaning::kItem), 3) << name;
    EXPECT_TRUE(NameHints(name).mainly(Meaning::kItem)) << name;
  }
}

TEST(NameHints, TheLastWordSaysWhatAColumnIs) {
  const std::vector<std::pair<const char*, Meaning>> cases = {
      {"Book-Rating", Meaning::kRating}, {"event_time", Meaning::kTime},
      {"event_type", Meaning::kAction},  {"user_session", Meaning::kSession},
      {"user_age", Meaning::kProfile},   {"product_category", Meaning::kCategory},
      {"item_title", Meaning::kTitle},   {"order_date", Meaning::kTime},
      {"t_dat", Meaning::kTime},         {"UnitPrice", Meaning::kPrice},
      {"InvoiceNo", Meaning::kOrder},    {"review_overall", Meaning::kRating},
      {"play_count", Meaning::kAmount},  {"n", Meaning::kAmount},
      {"行为", Meaning::kAction},        {"时间", Meaning::kTime}};
  for (const auto& [name, meaning] : cases) {
    EXPECT_TRUE(NameHints(name).mainly(meaning)) << name;
    EXPECT_GE(NameHints(name).of(meaning), 3) << name;
  }
}

TEST(NameHints, AnIdInFrontAndGenitivesNameTheThing) {
  for (const char* const name : {"id_client", "ид_клиента", "ид_пользователя", "ユーザーID", "код_покупателя"}) {
    EXPECT_EQ(NameHints(name).of(Meaning::kUser), 4) << name;
    EXPECT_TRUE(NameHints(name).id()) << name;
  }
  EXPECT_EQ(NameHints("ид_товара").of(Meaning::kItem), 4);
  EXPECT_EQ(NameHints("ид_книги").of(Meaning::kItem), 4);
}

TEST(NameHints, CountsAreNoUsersAndNoItems) {
  EXPECT_EQ(NameHints("members").of(Meaning::kUser), 0);
  EXPECT_EQ(NameHints("episodes").of(Meaning::kItem), 0);
}

}  // namespace
}  // namespace haina
