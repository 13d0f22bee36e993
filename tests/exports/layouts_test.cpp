// The layouts of well-known public exports.
#include "exports/roles_case.h"

namespace haina {
namespace {

class LayoutExports : public RolesExports {};

TEST_F(LayoutExports, AnimeWithACatalogue) {
  RUN_HANDED("layouts/animekaggle");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(users(), 60);
  EXPECT_EQ(items(), 400) << "the catalogue";
  EXPECT_GT(data_->events.value.isnan().sum().item<int64_t>(), 100);
  EXPECT_EQ(goal_of(init_.toml), "[\"rating >= 7\"]");
}

TEST_F(LayoutExports, BeerReviews) {
  RUN_HANDED("layouts/beer");
  ASSERT_NO_FATAL_FAILURE(expect_counts(60, 88, 400));
  EXPECT_TRUE(data_->users.find("stcules37"));
  EXPECT_TRUE(data_->items.find("47927"));
  EXPECT_NE(init_.toml.find("value = \"review_overall\""), std::string::npos) << shown();
  ASSERT_NE(field("beer_style"), nullptr) << shown();
  ASSERT_NE(field("beer_abv"), nullptr) << shown();
  EXPECT_EQ(field("beer_abv")->type, FieldType::kNumber);
  ASSERT_NE(field("brewery_id"), nullptr) << shown();
  EXPECT_EQ(field("brewery_id")->type, FieldType::kTags);  // the rows give an item several
}

TEST_F(LayoutExports, BookCrossing) {
  RUN_HANDED("layouts/bx");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(items(), 400);
  EXPECT_EQ(users(), 400);
  EXPECT_TRUE(data_->items.find("0000000291")) << "ids keep their zeros";
  EXPECT_NE(init_.toml.find("value = \"Book-Rating:none=0\""), std::string::npos) << shown();
  EXPECT_TRUE(doubt_mentions("0 is taken for \"no opinion\"")) << shown();
  ASSERT_NE(field("Age"), nullptr) << shown();
  EXPECT_EQ(field("Age")->side, Side::kUser);
}

TEST_F(LayoutExports, AShopOfManyCategories) {
  RUN_HANDED("layouts/ecommerce");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(users(), 60);
  EXPECT_EQ(items(), 89);
  EXPECT_EQ(data_->actions.size(), 3);
  for (const char* const name : {"brand", "price", "category_code"}) {
    ASSERT_NE(field(name), nullptr) << name << shown();
    EXPECT_EQ(field(name)->side, Side::kItem);
  }
}

TEST_F(LayoutExports, Fashion) {
  RUN_HANDED("layouts/hm");
  ASSERT_NO_FATAL_FAILURE(expect_counts(60, 89, 400));
  EXPECT_NE(init_.toml.find("time = \"t_dat:"), std::string::npos) << shown();
}

TEST_F(LayoutExports, ReturnsAreNotWanted) {
  RUN_HANDED("layouts/onlineretail");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(users(), 60);
  EXPECT_EQ(items(), 88);
  EXPECT_EQ(goal_of(init_.toml), "[\"Quantity > 0\"]");
  ASSERT_NE(field("Description"), nullptr) << shown();
  EXPECT_EQ(field("Description")->type, FieldType::kText);
  ASSERT_NE(field("Country"), nullptr) << shown();
  EXPECT_EQ(field("Country")->side, Side::kUser);
}

TEST_F(LayoutExports, TaobaoWithoutAHeader) {
  RUN_HANDED("layouts/taobao");
  ASSERT_NO_FATAL_FAILURE(expect_counts(60, 88, 400));
  EXPECT_EQ(data_->actions.size(), 4);
  EXPECT_TRUE(data_->actions.find("fav"));
  EXPECT_TRUE(data_->items.find("2268060"));
  ASSERT_NE(field("#3"), nullptr) << shown();
  EXPECT_EQ(field("#3")->type, FieldType::kTags);  // the rows give an item several
}

TEST_F(LayoutExports, YelpReviews) {
  RUN_HANDED("layouts/yelp");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(users(), 60);
  EXPECT_EQ(items(), 88);
  EXPECT_NE(init_.toml.find("time = \"date:"), std::string::npos) << shown();
  EXPECT_EQ(goal_of(init_.toml), "[\"stars >= 4\"]");
}

TEST_F(LayoutExports, ChineseNames) {
  RUN_HANDED("layouts/zh");
  ASSERT_NO_FATAL_FAILURE(expect_counts(60, 89, 400));
  EXPECT_TRUE(data_->actions.find("购买"));
  EXPECT_NE(init_.toml.find("\"时间:"), std::string::npos) << shown();
}

}  // namespace
}  // namespace haina
