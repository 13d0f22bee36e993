// The encoder of social ties against values computed by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "encoders/encoder.h"

namespace haina {
namespace {

// Users 0 and 1 follow 2 and 3; user 4 follows nobody. User 2 has items 0 and 1, user 3 item 1, the others item 2.
struct Small {
  Interactions train;
  Field field;
};

Small small() {
  Small made;
  made.train = {.num_users = 5,
                .num_items = 3,
                .offsets = at::tensor(std::vector<int64_t>{0, 1, 2, 4, 5, 6}, at::kLong),
                .items = at::tensor(std::vector<int32_t>{2, 2, 0, 1, 1, 2}, at::kInt),
                .actions = at::zeros({6}, at::kByte),
                .weights = at::ones({6}),
                .values = at::zeros({6}),
                .times = at::full({6}, kNoTime, at::kLong)};
  made.field.source = "trust";
  made.field.name = "friends";
  made.field.side = Side::kUser;
  made.field.type = FieldType::kSocial;
  made.field.target = Field::Target::kUsers;
  made.field.num_rows = 5;
  const std::vector<int32_t> rows = {0, 0, 1, 1}, columns = {2, 3, 2, 3};
  made.field.bags = csr_from_coordinates(5, 5, rows, columns, std::vector<float>(4, 1.0F), Repeats::kMax);
  return made;
}

TEST(Social, HoldsTheItemsOfFriends) {
  const Small world = small();
  const EncoderEntry& entry = **find_encoder("social", "");
  const auto encoder = entry.make(Params(entry.params));
  ASSERT_TRUE(encoder->fit(world.field, {.width = 4, .train = &world.train, .fields = {}}));
  const auto encoded = encoder->encode(world.field);
  ASSERT_TRUE(encoded) << to_text(encoded.error());
  // User 0: both friends weigh 1/sqrt 2. Items 0 (of one of five) and 1 (of two of five) by tf-idf: i0 = log 6, i1 =
  // log 3.5; user 2 has (i0, i1) / norm, user 3 has (0, 1).
  const double i0 = std::log(1 + 5.0 / 1), i1 = std::log(1 + 5.0 / 2), norm = std::hypot(i0, i1);
  const double a = i0 / norm, b = i1 / norm + 1;
  ASSERT_EQ(encoded->second_bag.row(0).size(), 2);
  EXPECT_NEAR(encoded->second_bag.row_values(0)[0], a / std::hypot(a, b), 1e-5);
  EXPECT_NEAR(encoded->second_bag.row_values(0)[1], b / std::hypot(a, b), 1e-5);
  EXPECT_TRUE(encoded->present.to(at::kLong).equal(at::tensor(std::vector<int64_t>{1, 1, 0, 0, 0}, at::kLong)));
  // Users with the same friends have equal rows, whoever follows them.
  EXPECT_TRUE(encoded->dense[0].equal(encoded->dense[1]));
  EXPECT_EQ(encoded->dense[4].abs().sum().item<float>(), 0);
}

TEST(Social, ADamagedFileIsAnError) {
  const Small world = small();
  const EncoderEntry& entry = **find_encoder("social", "");
  const auto encoder = entry.make(Params(entry.params));
  ASSERT_TRUE(encoder->fit(world.field, {.width = 4, .train = &world.train, .fields = {}}));
  TensorMap constants = encoder->constants();
  constants["items_of.columns"] = at::full({4}, 99, at::kInt);
  const auto status = encoder->restore(constants, {.width = 4, .train = nullptr, .fields = {}}, "model/x");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadData);
}

}  // namespace
}  // namespace haina
