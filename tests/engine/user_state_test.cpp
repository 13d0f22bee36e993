// One user, one state: the command line, evaluation and the engine build the same from the same events.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "small_shop.h"

namespace haina {
namespace {

std::vector<int32_t> rows_of(const std::vector<UserEvent>& events) {
  std::vector<int32_t> rows;
  std::ranges::transform(events, std::back_inserter(rows), [](const UserEvent& event) { return row_of(event.item); });
  return rows;
}

std::vector<int32_t> rows_of(const std::vector<UserId>& users) {
  std::vector<int32_t> rows;
  std::ranges::transform(users, std::back_inserter(rows), [](UserId user) { return row_of(user); });
  return rows;
}

void expect_same_events(const std::vector<UserEvent>& a, const std::vector<UserEvent>& b) {
  ASSERT_EQ(rows_of(a), rows_of(b));
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].action, b[i].action);
    EXPECT_EQ(a[i].weight, b[i].weight);
    EXPECT_EQ(a[i].time_us, b[i].time_us);
  }
}

void expect_same(const UserState& a, const UserState& b) {
  EXPECT_EQ(a.user, b.user);
  expect_same_events(a.history, b.history);
  expect_same_events(a.other_events, b.other_events);
  EXPECT_EQ(rows_of(a.friends), rows_of(b.friends));
  EXPECT_EQ(a.profile, b.profile);
  EXPECT_EQ(a.query, b.query);
}

UserState command_line_state(const Dataset& dataset, const RecommendRequest& request) {
  std::vector<std::string> notes;
  Result<UserState> state = request_state(dataset, request, notes);
  EXPECT_TRUE(state) << (state ? "" : to_text(state.error()));
  return state ? std::move(*state) : UserState();
}

UserState engine_state(const Engine& engine, const RecommendRequest& request) {
  Result<UserState> state = engine.user_state(request);
  EXPECT_TRUE(state) << (state ? "" : to_text(state.error()));
  return state ? std::move(*state) : UserState();
}

TEST(UserStates, CommandLineAndEngineBuildTheSame) {
  const Dataset dataset = shop_dataset();
  const Engine engine = shop_engine();
  const std::vector<RecommendRequest> requests = {
      {.user = "u0", .history = {}, .query = ""},
      {.user = "u3", .history = {}, .query = "harbour"},
      {.user = "u0", .history = {"i1", "i3"}, .query = ""},
      {.user = "", .history = {"i1", "i3"}, .query = ""},
      {.user = "nobody", .history = {}, .query = "", .profile = {{"users.device", {"phone"}}}}};
  for (const RecommendRequest& request : requests) {
    SCOPED_TRACE(request.user + " " + request.query);
    const UserState by_engine = engine_state(engine, request);
    const UserState by_command = command_line_state(dataset, request);
    expect_same(by_engine, by_command);
    EXPECT_EQ(by_engine.now_us, by_command.now_us);
  }
}

// Evaluation holds out the last click of each user: its state is that of a dataset without these events.
TEST(UserStates, EvaluationBuildsTheSameWithoutHeldOutEvents) {
  const Dataset dataset = shop_dataset();
  SplitConfig config;
  config.by = SplitBy::kLeaveLast;
  const Result<Split> split = make_split(dataset, config);
  ASSERT_TRUE(split) << to_text(split.error());
  const HeldOut held = held_out(dataset, *split, Stage::kTest);
  const Dataset known = shop_dataset(LastClick::kLeaveOut);
  ASSERT_EQ(held.users.size(), static_cast<size_t>(kUsers));
  for (const UserState& state : held.users) {
    const std::string name(dataset.users.name(state.user));
    SCOPED_TRACE(name);
    const UserState other = command_line_state(known, {.user = name, .history = {}, .query = ""});
    EXPECT_EQ(state.user, other.user);
    EXPECT_EQ(rows_of(state.history), rows_of(other.history));
    EXPECT_EQ(rows_of(state.other_events), rows_of(other.other_events));
    EXPECT_EQ(rows_of(state.friends), rows_of(other.friends));
  }
  EXPECT_EQ(rows_of(held.users[0].friends), (std::vector<int32_t>{2, 4}));  // of both social sources
}

TEST(UserStates, AnExplicitHistoryReplacesEventsAndKeepsFriends) {
  Engine engine = shop_engine();
  engine.put_user("u0", {.profile = {}, .friends = {"u1", "u2"}});
  const UserState state = engine_state(engine, {.user = "u0", .history = {"i3"}, .query = ""});
  EXPECT_EQ(state.user, 0);
  EXPECT_EQ(rows_of(state.history), std::vector<int32_t>{3});
  EXPECT_TRUE(state.other_events.empty());
  EXPECT_EQ(rows_of(state.friends), (std::vector<int32_t>{2, 4, 1}));  // each once
  engine.put_user("u0", {.friends = {"u1"}, .has_friends = true});
  const UserState replaced = engine_state(engine, {.user = "u0", .history = {}, .query = ""});
  EXPECT_EQ(rows_of(replaced.friends), std::vector<int32_t>{1});
  EXPECT_EQ(engine.user("u0").at("friends"), nlohmann::json({"u1"}));
}

TEST(UserStates, LiveEventsComeOnTopInOrderOfTime) {
  Engine engine = shop_engine();
  const UserState before = engine_state(engine, {.user = "u0", .history = {}, .query = ""});
  engine.learn({.user = "u0", .item = "i1", .action = "click", .time_us = before.now_us + 5});
  engine.learn({.user = "u0", .item = "i3", .action = "click", .time_us = 1});  // arrives late
  const UserState after = engine_state(engine, {.user = "u0", .history = {}, .query = ""});
  ASSERT_EQ(after.history.size(), before.history.size() + 2);
  EXPECT_EQ(row_of(after.history.front().item), 3);
  EXPECT_EQ(row_of(after.history.back().item), 1);
  EXPECT_EQ(after.now_us, before.now_us + 5);
}

TEST(UserStates, ContextBeatsProfileBeatsWhatIsStored) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  Engine engine = shop_engine();
  engine.put_user("u0", {.profile = {{"users.device", {"desktop"}}, {"users.age", {"24"}}}, .friends = {}});
  RecommendRequest request = {.user = "u0", .history = {}, .query = ""};
  EXPECT_EQ(engine_state(engine, request).profile, (Pairs{{"users.age", "24"}, {"users.device", "desktop"}}));
  request.profile = {{"users.device", {"tablet"}}};
  EXPECT_EQ(engine_state(engine, request).profile, (Pairs{{"users.age", "24"}, {"users.device", "tablet"}}));
  request.context = {{"users.device", {"phone"}}};
  EXPECT_EQ(engine_state(engine, request).profile, (Pairs{{"users.age", "24"}, {"users.device", "phone"}}));
}

TEST(UserStates, ContextOfAnUnknownFieldIsRefusedWithTheKnownOnes) {
  const Dataset dataset = shop_dataset();
  const auto known = parse_cells({{"device", "phone"}}, dataset.fields, Side::kUser, "context");
  ASSERT_TRUE(known) << to_text(known.error());
  EXPECT_EQ(*known, (Cells{{"users.device", {"phone"}}}));
  const auto refused = parse_cells({{"hour", 12}}, dataset.fields, Side::kUser, "context");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused.error().at, "context.hour");
  EXPECT_NE(refused.error().hint.find("users.device"), std::string::npos) << refused.error().hint;
  const auto without_fields = parse_cells({{"hour", 12}}, {}, Side::kUser, "context");
  ASSERT_FALSE(without_fields);
  EXPECT_NE(without_fields.error().hint.find("no user fields"), std::string::npos) << without_fields.error().hint;
}

}  // namespace
}  // namespace haina
