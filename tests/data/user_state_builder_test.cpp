#include "data/user_state_builder.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

namespace haina {
namespace {

Field social_field(const char* source, const std::vector<int32_t>& rows, const std::vector<int32_t>& columns) {
  Field field;
  field.source = source;
  field.name = "friends";
  field.side = Side::kUser;
  field.type = FieldType::kSocial;
  field.target = Field::Target::kUsers;
  field.num_rows = 4;
  field.bags = csr_from_coordinates(4, 4, rows, columns, std::vector<float>(rows.size(), 1.0F), Repeats::kMax);
  return field;
}

// User 0 has three events of which the second is no goal, user 1 none, user 2 one, user 3 none.
// Two social sources: 0 follows 1 and 3 in the first, 3 and 2 in the second.
Dataset small_dataset() {
  Dataset dataset;
  for (const char* const id : {"a", "b", "c", "d"}) {
    dataset.users.find_or_add(id);
  }
  dataset.events = {.user = at::tensor({0, 0, 0, 2}, at::kInt),
                    .item = at::tensor({5, 6, 7, 8}, at::kInt),
                    .action = at::tensor({0, 1, 0, 0}, at::kByte),
                    .value = at::tensor({4.0F, std::nanf(""), 5.0F, 1.0F}),
                    .weight = at::tensor({1.0F, 2.0F, 1.0F, 1.0F}),
                    .time = at::tensor({int64_t{10}, int64_t{20}, int64_t{30}, int64_t{40}}, at::kLong),
                    .goal = at::tensor({1, 0, 1, 1}, at::kInt).to(at::kBool),
                    .part = at::zeros({4}, at::kByte)};
  Field profile;
  profile.side = Side::kUser;
  profile.type = FieldType::kCategory;
  profile.num_rows = 4;
  profile.codes = at::full({4}, -1, at::kInt);
  dataset.fields = {social_field("follows", {0, 0}, {1, 3}), profile, social_field("trusts", {0, 0, 1}, {3, 2, 0})};
  return dataset;
}

std::vector<int32_t> rows_of(const std::vector<UserId>& users) {
  std::vector<int32_t> rows;
  for (const UserId user : users) {
    rows.push_back(row_of(user));
  }
  return rows;
}

std::vector<int32_t> items_of(const std::vector<UserEvent>& events) {
  std::vector<int32_t> items;
  for (const UserEvent& event : events) {
    items.push_back(row_of(event.item));
  }
  return items;
}

TEST(UserStateBuilder, KnownSeparatesGoalsFromOtherEventsInOrder) {
  const UserState state = UserStateBuilder(small_dataset()).known(0);
  EXPECT_EQ(state.user, 0);
  EXPECT_EQ(items_of(state.history), (std::vector<int32_t>{5, 7}));
  EXPECT_EQ(items_of(state.other_events), std::vector<int32_t>{6});
  EXPECT_EQ(state.other_events[0].action, 1);
  EXPECT_EQ(state.other_events[0].weight, 2);
  EXPECT_TRUE(std::isnan(state.other_events[0].value));
  EXPECT_EQ(state.history[1].time_us, 30);
  EXPECT_EQ(state.history[1].value, 5);
  EXPECT_EQ(state.now_us, 40);  // the newest event of all users
  EXPECT_TRUE(state.profile.empty() && state.query.empty() && state.context.empty());
}

TEST(UserStateBuilder, FriendsComeFromAllSocialFieldsOnceEach) {
  const UserStateBuilder states(small_dataset());
  EXPECT_EQ(rows_of(states.known(0).friends), (std::vector<int32_t>{1, 3, 2}));
  EXPECT_EQ(rows_of(states.known(1).friends), std::vector<int32_t>{0});
  EXPECT_TRUE(states.friends_of(3).empty());
}

TEST(UserStateBuilder, AFilterDecidesWhichEventsAreKnown) {
  const UserState state = UserStateBuilder(small_dataset()).known(0, [](int64_t event) { return event != 0; });
  EXPECT_EQ(items_of(state.history), std::vector<int32_t>{7});
  EXPECT_EQ(items_of(state.other_events), std::vector<int32_t>{6});
}

TEST(UserStateBuilder, AGivenHistoryReplacesAllEventsAndKeepsRowAndFriends) {
  const UserStateBuilder states(small_dataset());
  const UserState state = states.with_history(0, {{.item = ItemId{2}}});
  EXPECT_EQ(state.user, 0);
  EXPECT_EQ(items_of(state.history), std::vector<int32_t>{2});
  EXPECT_TRUE(state.other_events.empty());
  EXPECT_EQ(rows_of(state.friends), (std::vector<int32_t>{1, 3, 2}));
  const UserState unknown = states.with_history(std::nullopt, {{.item = ItemId{2}}});
  EXPECT_EQ(unknown.user, -1);
  EXPECT_EQ(items_of(unknown.history), std::vector<int32_t>{2});
  EXPECT_TRUE(unknown.friends.empty());
}

TEST(UserStateBuilder, UnknownUsersAndUsersWithoutEventsHaveEmptyStates) {
  const UserStateBuilder states(small_dataset());
  for (const int32_t user : {-1, 3}) {
    const UserState state = states.known(user);
    EXPECT_EQ(state.user, user);
    EXPECT_TRUE(state.history.empty() && state.other_events.empty() && state.friends.empty());
    EXPECT_EQ(state.now_us, 40);
  }
  Dataset without_events;
  without_events.users.find_or_add("a");
  const UserStateBuilder empty(without_events);
  EXPECT_TRUE(empty.known(0).history.empty());
  EXPECT_EQ(empty.newest_us(), kNoTime);
}

TEST(UserStateBuilder, OutlivesTheDataset) {
  auto dataset = std::make_unique<Dataset>(small_dataset());
  const UserStateBuilder states(*dataset);
  dataset.reset();
  EXPECT_EQ(items_of(states.known(2).history), std::vector<int32_t>{8});
}

TEST(AddFriends, AppendsEachNewFriendOnce) {
  UserState state;
  state.friends = {UserId{4}, UserId{1}};
  const std::vector<UserId> more = {UserId{1}, UserId{7}, UserId{7}, UserId{2}};
  add_friends(more, state);
  EXPECT_EQ(rows_of(state.friends), (std::vector<int32_t>{4, 1, 7, 2}));
}

}  // namespace
}  // namespace haina
