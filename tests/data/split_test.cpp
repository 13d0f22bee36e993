#include "data/split.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>

namespace haina {
namespace {

// Users, each with ten events on ten of 40 items; times rise with the position, and users overlap in time.
Dataset small_dataset(int32_t num_users = 4) {
  Dataset dataset;
  std::vector<int32_t> user, item;
  std::vector<int64_t> time;
  for (int32_t u = 0; u < num_users; ++u) {
    dataset.users.find_or_add("u" + std::to_string(u));
    for (int32_t i = 0; i < 10; ++i) {
      user.push_back(u);
      item.push_back((u * 7 + i * 3) % 40);
      time.push_back(1000 * i + u);
    }
  }
  for (int i = 0; i < 40; ++i) {
    dataset.items.find_or_add("i" + std::to_string(i));
    dataset.titles.push_back("item " + std::to_string(i));
  }
  dataset.actions.find_or_add("watch");
  const int64_t n = std::ssize(user);
  dataset.events = {.user = at::tensor(user, at::kInt),
                    .item = at::tensor(item, at::kInt),
                    .action = at::zeros({n}, at::kByte),
                    .value = at::full({n}, std::nanf("")),
                    .weight = at::ones({n}),
                    .time = at::tensor(time, at::kLong),
                    .goal = at::ones({n}, at::kBool),
                    .part = at::zeros({n}, at::kByte)};
  return dataset;
}

// Every third event becomes a view, which is not a goal.
Dataset with_views(Dataset dataset) {
  dataset.actions.find_or_add("view");
  for (int64_t i = 0; i < dataset.events.size(); i += 3) {
    dataset.events.goal.data_ptr<bool>()[i] = false;
    dataset.events.action.data_ptr<uint8_t>()[i] = 1;
  }
  return dataset;
}

SplitConfig by(const std::string& name) {
  SplitConfig config;
  config.by = *parse_enum<SplitBy>(name);
  config.test = 0.2;
  config.validation = 0.2;
  config.place = "haina.toml:9:1";
  return config;
}

class EverySplit : public testing::TestWithParam<std::string> {};

TEST_P(EverySplit, HoldsOutItemsThatTrainingDoesNotKnow) {
  const Dataset dataset = small_dataset(60);
  const auto split = make_split(dataset, by(GetParam()));
  ASSERT_TRUE(split) << to_text(split.error());
  for (const Stage stage : {Stage::kValidation, Stage::kTest}) {
    const Interactions known = known_events(dataset, *split, stage);
    const HeldOut held = held_out(dataset, *split, stage);
    EXPECT_GT(held.users.size(), 0U);
    for (size_t h = 0; h < held.users.size(); ++h) {
      const auto history = known.row(held.users[h].user);
      const std::set<int32_t> seen(history.begin(), history.end());
      for (const int32_t target : held.truth.row(static_cast<int64_t>(h))) {
        EXPECT_FALSE(seen.contains(target));
      }
    }
  }
  const int64_t train = known_events(dataset, *split, Stage::kValidation).num_events();
  const int64_t more = known_events(dataset, *split, Stage::kTest).num_events();
  EXPECT_GT(train, 0);
  EXPECT_GE(more, train);
  EXPECT_LT(more, dataset.events.size());
}

INSTANTIATE_TEST_SUITE_P(All, EverySplit, testing::Values("time", "leave_last", "random", "new_users"),
                         [](const auto& info) { return info.param; });

TEST(Split, ByTimeNothingInTrainingIsNewerThanWhatIsHeldOut) {
  const Dataset dataset = small_dataset();
  const Split split = *make_split(dataset, by("time"));
  const auto newest = [&](uint8_t part) {
    return dataset.events.time.masked_select(split.part.eq(part)).max().item<int64_t>();
  };
  const auto oldest = [&](uint8_t part) {
    return dataset.events.time.masked_select(split.part.eq(part)).min().item<int64_t>();
  };
  EXPECT_LT(newest(1), oldest(2));
  EXPECT_LT(newest(2), oldest(3));
  EXPECT_EQ(split.part.eq(3).sum().item<int64_t>(), 8);  // a fifth of forty
}

TEST(Split, LeaveLastHoldsOutTheLastItemOfEachUser) {
  const Dataset dataset = small_dataset();
  const Split split = *make_split(dataset, by("leave_last"));
  const HeldOut test = held_out(dataset, split, Stage::kTest);
  ASSERT_EQ(test.users.size(), 4U);
  for (int32_t u = 0; u < 4; ++u) {
    const auto truth = test.truth.row(u);
    ASSERT_EQ(truth.size(), 1U);
    EXPECT_EQ(truth[0], (u * 7 + 27) % 40);
    EXPECT_EQ(test.users[static_cast<size_t>(u)].history.size(), 9U);
  }
}

// A published split: of the ten events of every user, the one at `test_at` is in the test part. Without times.
Dataset published_dataset(int32_t num_users, int64_t test_at) {
  Dataset dataset = small_dataset(num_users);
  dataset.events.time.fill_(kNoTime);
  dataset.rows_in_order = true;
  dataset.events.part.fill_(static_cast<int64_t>(Part::kTrain));
  dataset.events.part.view({num_users, 10}).select(1, test_at).fill_(static_cast<int64_t>(Part::kTest));
  return dataset;
}

SplitConfig by_files(const std::string& validation_by, double validation = 0.2) {
  SplitConfig config = by("files");
  config.validation_by = parse_enum<ValidationBy>(validation_by);
  config.validation = validation;
  return config;
}

// Positions 0..9 of the events in that part, by user.
std::vector<std::vector<int64_t>> positions(const Split& split, uint8_t part) {
  std::vector<std::vector<int64_t>> result(static_cast<size_t>(split.part.size(0) / 10));
  for (int64_t i = 0; i < split.part.size(0); ++i) {
    if (split.part.const_data_ptr<uint8_t>()[i] == part) {
      result[static_cast<size_t>(i / 10)].push_back(i % 10);
    }
  }
  return result;
}

using Positions = std::vector<int64_t>;

TEST(SplitByFiles, KeepsThePublishedTestPartWhateverValidationIs) {
  const Dataset dataset = published_dataset(30, 4);
  for (const char* const rule : {"", "random", "one", "leave_last", "latest"}) {
    const Split split = *make_split(dataset, by_files(rule));
    for (const Positions& test : positions(split, 3)) {
      EXPECT_EQ(test, Positions{4}) << rule;
    }
    EXPECT_FALSE(held_out(dataset, split, Stage::kValidation).users.empty()) << rule;
    for (const Positions& train : positions(split, 1)) {
      EXPECT_GE(train.size(), 1U) << rule;
    }
  }
  EXPECT_TRUE(at::equal(make_split(dataset, by_files(""))->part, make_split(dataset, by_files("random"))->part));
}

TEST(SplitByFiles, OneHoldsOutARandomEventOfEachUserThatDependsOnTheSeed) {
  const Dataset dataset = published_dataset(60, 9);
  SplitConfig config = by_files("one");
  const Split split = *make_split(dataset, config);
  std::set<int64_t> places;
  for (const Positions& validation : positions(split, 2)) {
    ASSERT_EQ(validation.size(), 1U);
    places.insert(validation[0]);
  }
  EXPECT_EQ(places.size(), 9U);  // sixty draws from nine places
  EXPECT_TRUE(at::equal(split.part, make_split(dataset, config)->part));
  config.seed = 8;
  EXPECT_FALSE(at::equal(split.part, make_split(dataset, config)->part));
}

TEST(SplitByFiles, OneSkipsUsersWithTwoGoalsAndHoldsOutAllEventsOnTheItem) {
  Dataset dataset = published_dataset(3, 9);
  bool* const goal = dataset.events.goal.data_ptr<bool>();
  std::fill_n(goal, 7, false);                    // user 0: two goals in training, at 7 and 8
  dataset.events.item.narrow(0, 10, 9).fill_(5);  // user 1: one item again and again
  dataset.events.item.narrow(0, 20, 8).fill_(6);  // user 2: item 6 eight times, some without a goal, and another
  std::fill_n(goal + 20, 3, false);
  const Split split = *make_split(dataset, by_files("one"));
  const auto validation = positions(split, 2);
  EXPECT_EQ(validation[0], Positions{});
  EXPECT_EQ(validation[1], Positions{});
  EXPECT_TRUE((validation[2] == Positions{8} || validation[2] == Positions{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(SplitByFiles, LeaveLastHoldsOutTheLastGoalInTraining) {
  Dataset dataset = published_dataset(2, 9);
  dataset.events.goal[8] = false;  // user 0's last goal is at 7; the event after it is held out too
  const Split split = *make_split(dataset, by_files("leave_last"));
  EXPECT_EQ(positions(split, 2), (std::vector<Positions>{{7, 8}, {8}}));
  std::fill_n(dataset.events.goal.data_ptr<bool>(), 8, false);
  dataset.events.goal[8] = true;  // now it is the only one and is kept
  EXPECT_EQ(positions(*make_split(dataset, by_files("leave_last")), 2)[0], Positions{});
}

TEST(SplitByFiles, LatestHoldsOutTheLastShareOfEachUsersGoalsAndKeepsOne) {
  Dataset dataset = published_dataset(2, 0);
  EXPECT_EQ(positions(*make_split(dataset, by_files("latest", 0.33)), 2),
            (std::vector<Positions>{{7, 8, 9}, {7, 8, 9}}));
  std::fill_n(dataset.events.goal.data_ptr<bool>(), 9, false);  // user 0 has one goal
  EXPECT_EQ(positions(*make_split(dataset, by_files("latest", 0.89)), 2),
            (std::vector<Positions>{{}, {2, 3, 4, 5, 6, 7, 8, 9}}));
}

TEST(SplitByFiles, APublishedValidationPartIsUsedAsItIs) {
  Dataset dataset = published_dataset(3, 9);
  dataset.events.part[4] = static_cast<int64_t>(Part::kValidation);
  const Split split = *make_split(dataset, by_files("one"));
  EXPECT_EQ(positions(split, 2), (std::vector<Positions>{{4}, {}, {}}));
}

TEST(Split, WithoutTimesTheLastEventsAreUnknownUnlessRowsAreInOrder) {
  Dataset dataset = published_dataset(3, 9);
  dataset.rows_in_order = false;
  for (const SplitConfig& rule : {by("leave_last"), by_files("leave_last"), by_files("latest")}) {
    const auto refused = make_split(dataset, rule);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kBadData);
    EXPECT_NE(refused.error().hint.find("order = \"rows\""), std::string::npos) << refused.error().hint;
  }
  EXPECT_TRUE(make_split(dataset, by("random")));
  EXPECT_TRUE(make_split(dataset, by_files("one")));
  dataset.events.time = at::where(dataset.events.part.eq(static_cast<int64_t>(Part::kTest)), dataset.events.time,
                                  at::full_like(dataset.events.time, 1000));
  EXPECT_TRUE(make_split(dataset, by_files("leave_last"))) << "the published test part needs no times";
}

TEST(IsOrdered, DependsOnTheRowsOrOnTheTimesOutsideTheTestPart) {
  Dataset dataset = published_dataset(3, 9);
  EXPECT_TRUE(is_ordered(dataset, by_files("one")));
  EXPECT_TRUE(is_ordered(dataset, by("leave_last")));
  EXPECT_FALSE(is_ordered(dataset, by_files("latest"))) << "the latest rows need not be the latest events";
  dataset.rows_in_order = false;
  EXPECT_FALSE(is_ordered(dataset, by_files("one")));
  dataset.events.time = at::where(dataset.events.part.eq(static_cast<int64_t>(Part::kTest)), dataset.events.time,
                                  at::full_like(dataset.events.time, 1000));
  EXPECT_TRUE(is_ordered(dataset, by_files("one")));  // only the test part has no times
  dataset.events.time[0] = kNoTime;
  EXPECT_FALSE(is_ordered(dataset, by_files("one")));
}

TEST(OtherActions, AreSeparateInStatesOfTheSamePartAndCanBeRemoved) {
  const Dataset dataset = with_views(small_dataset(20));
  const auto split = make_split(dataset, by("leave_last"));
  ASSERT_TRUE(split) << to_text(split.error());
  EXPECT_EQ(other_actions(dataset), std::vector<std::string>{"view"});
  for (const Stage stage : {Stage::kValidation, Stage::kTest}) {
    const Interactions other_events = known_events(dataset, *split, stage, Only::kOthers);
    EXPECT_EQ(other_events.num_events() + known_events(dataset, *split, stage).num_events(),
              known_events(dataset, *split, stage, Only::kAll).num_events());
    EXPECT_TRUE(other_events.actions.eq(1).all().item<bool>());
    const HeldOut held = held_out(dataset, *split, stage);
    ASSERT_GT(held.users.size(), 0U);
    size_t met = 0;
    for (const UserState& user : held.users) {
      const auto row = other_events.row(user.user);
      ASSERT_EQ(user.other_events.size(), row.size());
      for (size_t e = 0; e < row.size(); ++e) {
        EXPECT_EQ(row_of(user.other_events[e].item), row[e]);
        EXPECT_EQ(user.other_events[e].action, 1);
        EXPECT_LT(user.other_events[e].time_us, user.now_us);  // nothing from after the held-out events
        ++met;
      }
    }
    EXPECT_GT(met, 0U);
    const Split without = without_actions(dataset, *split, {"view"});
    EXPECT_EQ(known_events(dataset, without, stage, Only::kOthers).num_events(), 0);
    EXPECT_EQ(known_events(dataset, without, stage).num_events(), known_events(dataset, *split, stage).num_events());
  }
}

TEST(HeldOutUsers, HaveTheFriendsOfAllSocialSources) {
  Dataset dataset = small_dataset(4);
  for (const int32_t friend_row : {3, 1}) {
    Field& social = dataset.fields.emplace_back();
    social.side = Side::kUser;
    social.type = FieldType::kSocial;
    social.target = Field::Target::kUsers;
    social.num_rows = 4;
    social.bags = csr_from_coordinates(4, 4, std::vector<int32_t>{0, 0}, std::vector<int32_t>{friend_row, 2},
                                       std::vector<float>{1, 1}, Repeats::kMax);
  }
  const HeldOut test = held_out(dataset, *make_split(dataset, by("leave_last")), Stage::kTest);
  ASSERT_EQ(test.users.size(), 4U);
  EXPECT_EQ(test.users[0].friends, (std::vector<UserId>{UserId{2}, UserId{3}, UserId{1}}));
  EXPECT_TRUE(test.users[1].friends.empty());
}

TEST(HeldOutActions, HoldWhatEachUserDidWithTheHeldOutItems) {
  const Dataset dataset = with_views(small_dataset(20));
  const auto split = make_split(dataset, by("time"));
  ASSERT_TRUE(split) << to_text(split.error());
  for (const Stage stage : {Stage::kValidation, Stage::kTest}) {
    const HeldOut goals = held_out(dataset, *split, stage), all = held_out(dataset, *split, stage, Only::kAll);
    EXPECT_GT(all.truth.nnz(), goals.truth.nnz());
    const std::vector<Csr> did = held_out_actions(dataset, *split, stage, all);
    ASSERT_EQ(did.size(), 2U);
    const auto part = static_cast<uint8_t>(stage == Stage::kValidation ? Part::kValidation : Part::kTest);
    std::set<std::tuple<int32_t, int32_t, uint8_t>> wanted, found;
    std::map<int32_t, std::set<int32_t>> histories;
    for (const UserState& user : all.users) {
      for (const UserEvent& event : user.history) {
        histories[user.user].insert(row_of(event.item));
      }
    }
    for (int64_t i = 0; i < dataset.events.size(); ++i) {
      const int32_t user = dataset.events.user[i].item<int32_t>(), item = dataset.events.item[i].item<int32_t>();
      if (split->part[i].item<uint8_t>() == part && !histories[user].contains(item)) {
        wanted.insert({user, item, dataset.events.action[i].item<uint8_t>()});
      }
    }
    for (uint8_t action = 0; action < 2; ++action) {
      for (size_t u = 0; u < all.users.size(); ++u) {
        for (const int32_t item : did[action].row(static_cast<int64_t>(u))) {
          found.insert({all.users[u].user, item, action});
        }
      }
    }
    EXPECT_EQ(found, wanted);
    EXPECT_TRUE(std::ranges::any_of(wanted, [](const auto& one) { return std::get<2>(one) == 1; }));
  }
}

TEST(Split, ByTimeWithoutTimesIsAnErrorWithPlaceAndHint) {
  Dataset dataset = small_dataset();
  dataset.events.time.fill_(kNoTime);
  const auto split = make_split(dataset, by("time"));
  ASSERT_FALSE(split);
  EXPECT_EQ(split.error().code, ErrorCode::kBadData);
  EXPECT_EQ(split.error().at, "haina.toml:9:1");
  EXPECT_NE(split.error().hint.find("random"), std::string::npos);
}

TEST(LeakScan, DropsAssignmentsOnHeldOutPairsAlone) {
  Field tags;
  tags.side = Side::kItem;
  tags.type = FieldType::kTags;
  tags.num_rows = 2;
  tags.assigned_user = at::tensor(std::vector<int32_t>{0, 0, 1}, at::kInt);
  tags.assigned_item = at::tensor(std::vector<int32_t>{0, 1, 1}, at::kInt);
  tags.assigned_value = at::tensor(std::vector<int32_t>{0, 0, 0}, at::kInt);
  tags.bags = csr_from_coordinates(2, 1, std::vector<int32_t>{0, 1, 1}, std::vector<int32_t>{0, 0, 0},
                                   std::vector<float>{1, 1, 1}, Repeats::kSum);
  const Csr pairs = csr_from_coordinates(2, 2, std::vector<int32_t>{0}, std::vector<int32_t>{1}, std::vector<float>{1},
                                         Repeats::kMax);
  const LeakScan scan = without_pairs(tags, pairs);
  EXPECT_EQ(scan.dropped, 1);
  EXPECT_EQ(scan.field.bags.row_values(1)[0], 1);
  EXPECT_EQ(scan.field.bags.row(0).size(), 1U);
}

}  // namespace
}  // namespace haina
