#include "data/forget_users.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "data/fingerprint.h"
#include "data/split.h"

namespace haina {
namespace {

// Three users and two items; ann alone lives in "Lyon", and alone used "her own phone" and the tag "ann's tag".
Dataset small() {
  Dataset dataset;
  for (const char* const user : {"bob", "ann", "cleo"}) {
    dataset.users.find_or_add(user);
  }
  for (const char* const item : {"i", "j"}) {
    dataset.items.find_or_add(item);
    dataset.titles.emplace_back(item);
  }
  dataset.actions.find_or_add("view");
  const std::vector<int32_t> user = {0, 1, 1, 2}, item = {0, 0, 1, 1};
  dataset.events = {.user = at::tensor(user, at::kInt),
                    .item = at::tensor(item, at::kInt),
                    .action = at::zeros({4}, at::kByte),
                    .value = at::ones({4}),
                    .weight = at::ones({4}),
                    .time = at::arange(4, at::kLong),
                    .goal = at::ones({4}, at::kBool),
                    .part = at::zeros({4}, at::kByte)};
  ContextColumn device = {
      .name = "device", .values = {}, .codes = at::tensor(std::vector<int32_t>{0, 0, 1, -1}, at::kInt)};
  device.values.find_or_add("phone");
  device.values.find_or_add("her own phone");
  dataset.context = {device};
  const auto field = [](const char* name, Side side, FieldType type, int64_t rows) {
    Field made;
    made.source = "s";
    made.name = name;
    made.side = side;
    made.type = type;
    made.num_rows = rows;
    return made;
  };
  Field city = field("city", Side::kUser, FieldType::kCategory, 3);
  city.codes = at::tensor(std::vector<int32_t>{0, 1, 0}, at::kInt);
  for (const char* const name : {"Paris", "Lyon", "never seen"}) {
    city.values.find_or_add(name);
  }
  Field age = field("age", Side::kUser, FieldType::kNumber, 3);
  age.numbers = at::tensor(std::vector<float>{30, 40, 50});
  Field note = field("note", Side::kUser, FieldType::kText, 3);
  note.texts = {"b", "about ann", "c"};
  Field friends = field("friends", Side::kUser, FieldType::kSocial, 3);
  friends.target = Field::Target::kUsers;
  friends.bags = csr_from_coordinates(3, 3, std::vector<int32_t>{0, 0, 1}, std::vector<int32_t>{1, 2, 0},
                                      std::vector<float>{1, 1, 1}, Repeats::kMax);
  Field tags = field("tags", Side::kItem, FieldType::kTags, 2);
  tags.values.find_or_add("good");
  tags.values.find_or_add("ann's tag");
  tags.bags = csr_from_coordinates(2, 2, std::vector<int32_t>{0, 0, 0}, std::vector<int32_t>{0, 0, 1},
                                   std::vector<float>{1, 1, 1}, Repeats::kSum);
  tags.assigned_user = at::tensor(std::vector<int32_t>{0, 1, 1}, at::kInt);
  tags.assigned_item = at::tensor(std::vector<int32_t>{0, 0, 0}, at::kInt);
  tags.assigned_value = at::tensor(std::vector<int32_t>{0, 0, 1}, at::kInt);
  dataset.fields = {city, age, note, friends, tags};
  dataset.negatives = csr_from_coordinates(3, 2, std::vector<int32_t>{1, 2}, std::vector<int32_t>{0, 0},
                                           std::vector<float>{1, 1}, Repeats::kMax);
  dataset.quality = {{"counts", {{{"what", "no item"}, {"examples", {"user ann", "user annabel", "row 3"}}}}}};
  return dataset;
}

HashedNames ann(int64_t time_us = 5) {
  HashedNames names;
  names.add(HashedNames::key_of("salt", "ann"), time_us);
  return names;
}

TEST(ForgetUsers, NothingIsLeftAndRowsStayWhereTheyAre) {
  const Dataset before = small();
  const std::vector<int32_t> rows = rows_to_forget(before, ann());
  ASSERT_EQ(rows, std::vector<int32_t>{1});
  const Dataset left = without_users(before, rows, ann());
  EXPECT_FALSE(left.users.find("ann"));
  EXPECT_EQ(left.users.size(), 3);
  EXPECT_EQ(*left.users.find("cleo"), 2);
  EXPECT_TRUE(is_forgotten_name(left.users.name(1)));
  EXPECT_FALSE(is_forgotten_name("bob"));
  ASSERT_EQ(left.events.size(), 2);
  EXPECT_EQ(left.events.user[1].item<int>(), 2);
  EXPECT_EQ(left.events.time[1].item<int64_t>(), 3);
  EXPECT_EQ(left.context[0].codes.size(0), 2);
  EXPECT_EQ(left.context[0].values.name(0), "phone");
  EXPECT_FALSE(left.context[0].values.find("her own phone"));
  const Field& city = left.fields[0];
  EXPECT_EQ(city.codes[1].item<int>(), -1);
  EXPECT_FALSE(city.values.find("Lyon"));
  EXPECT_EQ(*city.values.find("never seen"), 2) << "what nobody had before stays";
  EXPECT_TRUE(std::isnan(left.fields[1].numbers[1].item<float>()));
  EXPECT_EQ(left.fields[1].numbers[2].item<float>(), 50);
  EXPECT_EQ(left.fields[2].texts, (std::vector<std::string>{"b", "", "c"}));
  EXPECT_TRUE(left.fields[3].bags.row(1).empty());
  ASSERT_EQ(left.fields[3].bags.row(0).size(), 1U);
  EXPECT_EQ(left.fields[3].bags.row(0)[0], 2);
  const Field& tags = left.fields[4];
  EXPECT_EQ(tags.assigned_user.size(0), 1);
  ASSERT_EQ(tags.bags.row(0).size(), 1U);
  EXPECT_EQ(tags.bags.row_values(0)[0], 1) << "counted without what ann assigned";
  EXPECT_FALSE(tags.values.find("ann's tag"));
  EXPECT_EQ(tags.values.size(), 2);
  EXPECT_TRUE(left.negatives.row(1).empty());
  EXPECT_EQ(left.negatives.row(2).size(), 1U);
  const std::string quality = left.quality.dump();
  EXPECT_EQ(quality.find("user ann\""), std::string::npos) << quality;
  EXPECT_NE(quality.find("user annabel"), std::string::npos) << quality;
  // The dataset that was given is as it was.
  EXPECT_EQ(fingerprint_of(before), fingerprint_of(small()));
}

TEST(ForgetUsers, WhoIsGoneIsRecordedAndAgainForgottenWhenItHappenedLater) {
  Dataset dataset = small();
  set_forgotten_in(dataset, ann(5));
  EXPECT_TRUE(rows_to_forget(dataset, ann(5)).empty()) << "ann in it came back after that";
  EXPECT_EQ(rows_to_forget(dataset, ann(6)).size(), 1U);
  EXPECT_TRUE(rows_to_forget(small(), {}).empty());
}

TEST(ForgetUsers, ReportsAreSearchedForIdsOfSeveralWords) {
  HashedNames gone;
  gone.add(HashedNames::key_of("salt", "acme:ann"), 1);
  gone.add(HashedNames::key_of("salt", "auth0|5f7"), 1);
  nlohmann::json quality = {
      {"a", "'acme:ann ' is 'acme:ann'"}, {"b", "line 3: user auth0|5f7, item 1"}, {"c", "ann of acme"}};
  remove_forgotten_names(quality, gone);
  EXPECT_EQ(quality["a"].get<std::string>().find("acme"), std::string::npos);
  EXPECT_EQ(quality["b"].get<std::string>().find("5f7"), std::string::npos);
  EXPECT_EQ(quality["c"], "ann of acme");
}

TEST(ForgetUsers, APlaceholderNeverTakesTheNameOfAUser) {
  Dataset dataset = small();
  dataset.users = Vocabulary();
  for (const char* const user : {"(forgotten user 1)", "ann", "cleo"}) {
    dataset.users.find_or_add(user);
  }
  const std::vector<int32_t> rows = {1};
  const Dataset left = without_users(dataset, rows, ann());
  EXPECT_EQ(left.users.size(), 3);
  EXPECT_EQ(*left.users.find("(forgotten user 1)"), 0);
}

TEST(ForgetUsers, NothingOfAFaceIsLeft) {
  Dataset dataset = small();
  Field face = field_of_cells("faces.picture_pixels", Side::kUser, FieldType::kImage,
                              {{"1x1x4:AAECAw=="}, {"1x1x4://///w=="}, {}});
  dataset.fields.push_back(face);
  const std::vector<int32_t> rows = {1};
  const Dataset left = without_users(dataset, rows, ann());
  const Field& after = left.fields.back();
  EXPECT_TRUE(after.images[0].equal(face.images[0]));
  EXPECT_TRUE(after.images[1].eq(0).all().item<bool>());
  EXPECT_TRUE(after.present().equal(at::tensor({1, 0, 0}, at::kInt).to(at::kBool)));
}

}  // namespace
}  // namespace haina
