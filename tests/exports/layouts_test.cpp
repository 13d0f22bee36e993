// The layouts of well-known public exports.
#include "exports/roles_case.h"

namespace haina {
namespace {

class LayoutExports : public RolesExports {};

TEST_F(LayoutExports, AnimeWithACatalogue) {
  run_handed("layouts/animekaggle");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(users(), 60);
  EXPECT_EQ(items(), 400) << "the catalogue";
  EXPECT_GT(data_->events.value.isnan().sum().item<int64_t>(), 100);
  EXPECT_EQ(goal_of(init_.toml), "[\"rating >= 7\"]");
}

TEST_F(LayoutExports, BeerReviews) {
  run_handed("layouts/beer");
  expect_counts(60, 88, 400);
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
  run_handed("layouts/bx");
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
  run_handed("layouts/ecommerce");
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
  run_handed("layouts/hm");
  expect_counts(60, 89, 400);
  EXPECT_NE(init_.toml.find("time = \"t_dat:"), std::string::npos) << shown();
}

TEST_F(LayoutExports, ReturnsAreNotWanted) {
  run_handed("layouts/onlineretail");
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
  run_handed("layouts/taobao");
  expect_counts(60, 88, 400);
  EXPECT_EQ(data_->actions.size(), 4);
  EXPECT_TRUE(data_->actions.find("fav"));
  EXPECT_TRUE(data_->items.find("2268060"));
  ASSERT_NE(field("#3"), nullptr) << shown();
  EXPECT_EQ(field("#3")->type, FieldType::kTags);  // the rows give an item several
}

TEST_F(LayoutExports, YelpReviews) {
  run_handed("layouts/yelp");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(users(), 60);
  EXPECT_EQ(items(), 88);
  EXPECT_NE(init_.toml.find("time = \"date:"), std::string::npos) << shown();
  EXPECT_EQ(goal_of(init_.toml), "[\"stars >= 4\"]");
}

TEST_F(LayoutExports, ChineseNames) {
  run_handed("layouts/zh");
  expect_counts(60, 89, 400);
  EXPECT_TRUE(data_->actions.find("购买"));
  EXPECT_NE(init_.toml.find("\"时间:"), std::string::npos) << shown();
}

}  // namespace
}  // namespace haina
