#include "engine/follower.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "small_shop.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

// Two sessions of one store, as two servers have them; this one follows what the other does.
class Follower : public testing::Test {
 protected:
  void SetUp() override {
    path_ = fs::temp_directory_path() / ("haina_follower_" + std::to_string(::getpid()) + ".db");
    TearDown();
    other_ = Store::open("sqlite://" + path_.string());
    own_ = Store::open("sqlite://" + path_.string());
    ASSERT_TRUE(other_ && own_);
  }
  void TearDown() override {
    for (const char* const end : {"", "-wal", "-shm"}) {
      fs::remove(path_.string() + end);
    }
  }
  std::vector<std::string> follow_on() {
    const auto changes = own_->changes_of_others(seen_, seen_);
    EXPECT_TRUE(changes) << to_text(changes.error());
    const auto forgotten = follow(*own_, engine_, *changes);
    EXPECT_TRUE(forgotten) << to_text(forgotten.error());
    return forgotten.value_or(std::vector<std::string>());
  }
  void happen(const LiveEvent& event) {
    const auto appended = other_->append({{event}});
    ASSERT_TRUE(appended && appended->front() == Appended::kNew);
    engine_.learn(event);
  }
  int64_t events_of_item(const std::string& item) const { return engine_.item(item)->at("events"); }
  static LiveEvent click(const std::string& user, const std::string& item,
                         int64_t time_us = 9'000'000'000'000'000) {  // later than any forgetting
    return {.id = "", .user = user, .item = item, .action = "click", .value = {}, .time_us = time_us};
  }

  fs::path path_;
  Result<Store> other_ = fail({}), own_ = fail({});
  Engine engine_ = shop_engine();
  int64_t seen_ = 0;
};

TEST_F(Follower, AnItemThatAnotherServerDeletedIsGone) {
  ASSERT_TRUE(other_->put({{{"item", "added", R"({"cells": {"items.taste": ["even"]}})", 1}}}));
  follow_on();
  ASSERT_TRUE(engine_.has_item("added"));
  ASSERT_TRUE(other_->hide_item("added") && other_->drop("item", "added"));
  follow_on();
  EXPECT_FALSE(engine_.has_item("added"));
  EXPECT_TRUE(engine_.is_hidden("added"));
  ASSERT_TRUE(other_->put({{{"item", "added", R"({"cells": {"items.taste": ["odd"]}})", 1}}}));
  follow_on();
  ASSERT_TRUE(engine_.has_item("added"));
  ASSERT_TRUE(other_->drop("item", "added"));
  ASSERT_TRUE(follow(*own_, engine_, std::nullopt)) << "all of it is read again";
  EXPECT_FALSE(engine_.has_item("added"));
}

TEST_F(Follower, TheLastRuleGoesToo) {
  const std::string rule = R"({"name": "r", "do": "pin", "item": "i3", "position": 1})";
  ASSERT_TRUE(other_->put({{{"rule", "r", rule, 1}}}));
  follow_on();
  EXPECT_EQ(engine_.rules().size(), 1U);
  ASSERT_TRUE(other_->drop("rule", "r"));
  follow_on();
  EXPECT_EQ(engine_.rules().size(), 0U);
}

// An item that came and went counts for nothing, as if the service had started without it.
TEST_F(Follower, RulesDoNotCountItemsThatWereAddedAndDeleted) {
  const std::string boost = R"({"name": "odd", "do": "boost", "field": "items.taste", "is": ["odd"], "by": 1})";
  const std::string pin = R"({"name": "first", "do": "pin", "item": "added", "position": 1})";
  ASSERT_TRUE(other_->put({{{"rule", "odd", boost, 1}}}));
  ASSERT_TRUE(other_->put({{{"rule", "first", pin, 1}}}));
  const auto counts = [&] {
    std::map<std::string, int64_t> items;
    for (const nlohmann::json& rule : engine_.rules()) {
      items[rule.at("name")] = rule.at("items");
    }
    return items;
  };
  follow_on();
  const std::map<std::string, int64_t> before = counts();
  ASSERT_TRUE(other_->put({{{"item", "added", R"({"cells": {"items.taste": ["odd"]}})", 1}}}));
  follow_on();
  EXPECT_EQ(counts(), (std::map<std::string, int64_t>{{"odd", before.at("odd") + 1}, {"first", 1}}));
  ASSERT_TRUE(other_->drop("item", "added"));
  follow_on();
  EXPECT_EQ(counts(), before);
  EXPECT_EQ(before.at("first"), 0);
}

// As a server of a newer release puts them.
TEST_F(Follower, WhatCannotBeAppliedHoldsUpNoForgetting) {
  happen(click("u0", "i3"));
  ASSERT_TRUE(other_->put({{{"rule", "new", R"({"name": "new", "do": "something of tomorrow"})", 1},
                            {"rule", "r", R"({"name": "r", "do": "pin", "item": "i3", "position": 1})", 1}}}));
  ASSERT_TRUE(other_->forget_user("u0"));
  ASSERT_TRUE(other_->hide_item("i5"));
  EXPECT_EQ(follow_on(), std::vector<std::string>{"u0"});
  EXPECT_FALSE(engine_.knows("u0"));
  EXPECT_TRUE(engine_.is_hidden("i5"));
  EXPECT_EQ(engine_.rules().size(), 1U);
}

TEST_F(Follower, ManyAreForgottenAtOnce) {
  ASSERT_TRUE(other_->put({{{"user", "u9", R"({"friends": ["u0", "u2", "u1"]})", 1}}}));
  for (const char* const user : {"u0", "u1"}) {
    happen(click(user, "i3"));
    ASSERT_TRUE(other_->forget_user(user));
  }
  EXPECT_EQ(follow_on(), (std::vector<std::string>{"u0", "u1"}));
  EXPECT_EQ(engine_.user_update("u9").friends, std::vector<std::string>{"u2"});
  EXPECT_EQ(engine_.user("u2").at("forgotten"), false);
}

TEST_F(Follower, HiddenItemsComeAndGo) {
  ASSERT_TRUE(other_->hide_item("i3"));
  follow_on();
  EXPECT_TRUE(engine_.is_hidden("i3"));
  ASSERT_TRUE(other_->show_item("i3"));
  follow_on();
  EXPECT_FALSE(engine_.is_hidden("i3"));
  ASSERT_TRUE(other_->hide_item("added"));  // before it is there
  ASSERT_TRUE(other_->put({{{"item", "added", R"({"cells": {"items.taste": ["even"]}})", 1}}}));
  follow_on();
  EXPECT_TRUE(engine_.has_item("added"));
  EXPECT_TRUE(engine_.is_hidden("added"));
}

TEST_F(Follower, AUserIsForgottenAsOftenAsTheOtherServerDoesIt) {
  for (int times = 0; times < 2; ++times) {
    const int64_t before = events_of_item("i3");
    happen(click("u0", "i3"));
    EXPECT_EQ(events_of_item("i3"), before + 1);
    EXPECT_TRUE(engine_.knows("u0"));
    ASSERT_TRUE(other_->put({{{"user", "u1", R"({"friends": ["u0"]})", 1}}}));
    ASSERT_TRUE(other_->forget_user("u0"));
    EXPECT_EQ(follow_on(), std::vector<std::string>{"u0"});
    EXPECT_FALSE(engine_.knows("u0"));
    EXPECT_TRUE(engine_.user_update("u1").friends.empty());
    EXPECT_EQ(events_of_item("i3"), before) << "the trend follows";
    EXPECT_TRUE(engine_.users_with("u0", 9).empty());
    EXPECT_EQ(engine_.user("u0").at("forgotten"), true);
    happen(click("u0", "i5"));
    EXPECT_TRUE(engine_.knows("u0")) << "came back";
  }
}

// What came after the forgetting may be learned before the forgetting is heard of.
TEST_F(Follower, EventsAfterTheForgettingStay) {
  happen(click("u0", "i3"));
  ASSERT_TRUE(other_->forget_user("u0"));
  happen(click("u0", "i5"));
  follow_on();
  const nlohmann::json history = engine_.user("u0").at("history");
  ASSERT_EQ(history.size(), 1U);
  EXPECT_EQ(history[0].at("item"), "i5");
}

TEST_F(Follower, DeletedEventsAreUnlearnedAlsoThoseThatWait) {
  happen(click("novice", "i3"));
  happen(click("novice", "i5"));
  happen(click("novice", "not there yet"));
  const int64_t before = events_of_item("i3");
  EXPECT_EQ(*other_->drop_events("novice", "i3", ""), 1);
  EXPECT_EQ(*other_->drop_events("novice", "not there yet", ""), 1);
  follow_on();
  EXPECT_EQ(engine_.user("novice").at("history").size(), 1U);
  EXPECT_EQ(events_of_item("i3"), before - 1);
  ASSERT_TRUE(other_->put({{{"item", "not there yet", R"({"cells": {"items.taste": ["even"]}})", 1}}}));
  follow_on();
  EXPECT_EQ(engine_.user("novice").at("history").size(), 1U);
}

TEST_F(Follower, AServerThatIsTooFarBehindLooksAtEverything) {
  ASSERT_TRUE(other_->put({{{"rule", "r", R"({"name": "r", "do": "pin", "item": "i3", "position": 1})", 1}}}));
  ASSERT_TRUE(other_->hide_item("i3"));
  happen(click("novice", "i3"));
  happen(click("waiting", "not there yet"));
  for (const char* const user : {"u0", "novice", "waiting"}) {
    ASSERT_TRUE(other_->forget_user(user));
  }
  const auto forgotten = follow(*own_, engine_, std::nullopt);
  ASSERT_TRUE(forgotten) << to_text(forgotten.error());
  EXPECT_EQ(*forgotten, (std::vector<std::string>{"novice", "u0", "waiting"})) << "prepared or only in memory";
  EXPECT_FALSE(engine_.knows("novice"));
  EXPECT_EQ(engine_.sizes().waiting_events, 0);
  EXPECT_EQ(engine_.rules().size(), 1U);
  EXPECT_TRUE(engine_.is_hidden("i3"));
  EXPECT_FALSE(engine_.knows("u0"));
}

}  // namespace
}  // namespace haina
