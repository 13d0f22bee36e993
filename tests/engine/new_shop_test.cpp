// A shop that has just opened: items without events.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/entity_json.h"
#include "engine/follower.h"
#include "small_shop.h"

namespace haina {
namespace {

Dataset empty_shop() {
  Dataset dataset = shop_dataset();
  dataset.users = Vocabulary();
  dataset.actions = Vocabulary();
  std::erase_if(dataset.fields, [](const Field& field) { return field.side == Side::kUser; });
  dataset.events = {.user = at::empty({0}, at::kInt),
                    .item = at::empty({0}, at::kInt),
                    .action = at::empty({0}, at::kByte),
                    .value = at::empty({0}),
                    .weight = at::empty({0}),
                    .time = at::empty({0}, at::kLong),
                    .goal = at::empty({0}, at::kBool),
                    .part = at::empty({0}, at::kByte)};
  return dataset;
}

Model counts_only(const Dataset& dataset) {
  Model model;
  const Split all = {at::empty({0}, at::kByte)};
  const ExpertEntry& entry = **find_expert("popularity", "");
  NamedExpert named = {"popularity", nlohmann::json::object(), entry.make(Params(entry.params))};
  const Status fitted = named.expert->fit(known_events(dataset, all, Stage::kTest), {.fields = dataset.fields});
  EXPECT_TRUE(fitted) << (fitted ? "" : to_text(fitted.error()));
  model.experts.push_back(std::move(named));
  model.ranker = *Ranker::restore({{"models", model.names()},
                                   {"fit", "blend"},
                                   {"units", std::vector<float>{1}},
                                   {"network_scores_all", false},
                                   {"cross_fit", nlohmann::json::object()}},
                                  {{"weights", at::tensor({1.0F})}}, "");
  model.about = {{"version", "new"}};
  return model;
}

class NewShop : public testing::Test {
 protected:
  NewShop() : engine_(make()) {}
  static Engine make() {
    Config config = shop_config();
    config.goal = {"buy"};
    Dataset dataset = empty_shop();
    Model model = counts_only(dataset);
    Result<Engine> engine = Engine::make(config, std::move(dataset), std::move(model));
    EXPECT_TRUE(engine) << (engine ? "" : to_text(engine.error()));
    return std::move(*engine);
  }
  std::vector<std::string> list(const std::string& user, int64_t k) const {
    const auto list = engine_.recommend({.user = user, .history = {}, .query = "", .k = k}, {});
    EXPECT_TRUE(list) << (list ? "" : to_text(list.error()));
    std::vector<std::string> items;
    for (const RecommendedItem& item : list->items) {
      items.push_back(item.item);
    }
    return items;
  }
  void learn(const std::string& user, const std::string& action, const std::string& item) {
    engine_.learn({.user = user, .item = item, .action = action, .time_us = 1'000'000});
  }
  Engine engine_;
};

TEST_F(NewShop, GivesListsAndSaysWhatItLacks) {
  EXPECT_EQ(list("", 5).size(), 5U);
  EXPECT_EQ(list("ann", 100).size(), static_cast<size_t>(kItems));
  ASSERT_EQ(engine_.lacks().size(), 1U);
  EXPECT_NE(engine_.lacks()[0].find("events: the model has learned from none"), std::string::npos);
}

TEST_F(NewShop, NewItemsComeFirst) {
  ASSERT_TRUE(engine_.put_items({{"new", {{"items.title", {"a zeppelin"}}}}}));
  EXPECT_EQ(list("", 3).front(), "new");
}

TEST_F(NewShop, LearnsFromTheFirstEventByContent) {
  learn("ann", "buy", "i7");  // odd
  const std::vector<std::string> items = list("ann", 5);
  ASSERT_EQ(items.size(), 5U);
  for (const std::string& item : items) {
    EXPECT_EQ(std::stoi(item.substr(1)) % 2, 1) << item;
    EXPECT_NE(item, "i7");
  }
  EXPECT_NE(engine_.lacks()[0].find("1 since"), std::string::npos) << engine_.lacks()[0];
}

TEST_F(NewShop, WhatSomeTakeOthersSee) {
  const uint64_t before = engine_.version_of("ben");
  learn("ann", "buy", "i7");
  EXPECT_EQ(list("ben", 3).front(), "i7");
  EXPECT_NE(engine_.version_of("ben"), before);  // a cached list is made again
}

// Items, words and newness as the store says: what was deleted leaves no trace that a restart would wipe out.
class RestartedShop : public NewShop {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() / ("haina_new_shop_" + std::to_string(::getpid()) + ".db");
    TearDown();
    Result<Store> opened = Store::open("sqlite://" + path_.string());
    ASSERT_TRUE(opened) << to_text(opened.error());
    store_.emplace(std::move(*opened));
  }
  void TearDown() override {
    store_.reset();
    for (const char* const end : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path_.string() + end);
    }
  }
  void put(const std::string& id, const std::string& title) {
    const Cells cells = {{"items.title", {title}}};
    ASSERT_TRUE(store_->put({{{"item", id, document_of(cells).dump(), 1}}}));
    ASSERT_TRUE(engine_.put_items({{id, cells}}));
  }
  void remove(const std::string& id) {
    ASSERT_TRUE(store_->hide_item(id));
    ASSERT_TRUE(store_->drop("item", id));
    engine_.remove_item(id);
  }
  // Lists and scores of this engine and of one that starts now from the same store.
  void expect_same_lists() {
    Engine again = make();
    ASSERT_TRUE(apply_entities(*store_, again));
    for (const LiveEvent& event : events_) {
      again.learn(event);
    }
    for (const char* const user : {"", "ann", "ben"}) {
      for (const char* const query : {"", "quiet zeppelin"}) {
        const RecommendRequest request = {.user = user, .history = {}, .query = query, .k = 100};
        const auto one = engine_.recommend(request, {}), other = again.recommend(request, {});
        ASSERT_TRUE(one && other);
        ASSERT_EQ(one->items.size(), other->items.size()) << user << " " << query;
        for (size_t i = 0; i < one->items.size(); ++i) {
          EXPECT_EQ(one->items[i].item, other->items[i].item) << user << " " << query << " place " << i;
          EXPECT_FLOAT_EQ(one->items[i].score, other->items[i].score) << user << " " << query << " place " << i;
        }
      }
    }
    EXPECT_EQ(engine_.has_item("b"), again.has_item("b"));
  }
  void buy(const std::string& user, const std::string& item) {
    events_.push_back({.user = user, .item = item, .action = "buy", .time_us = 1'000'000});
    engine_.learn(events_.back());
  }
  std::filesystem::path path_;
  std::optional<Store> store_;
  std::vector<LiveEvent> events_;
};

TEST_F(RestartedShop, ADeletedItemCountsForNothing) {
  put("a", "a quiet zeppelin");
  put("b", "a stormy zeppelin");
  put("c", "a zeppelin");
  buy("ann", "a");
  buy("ben", "b");
  expect_same_lists();
  remove("b");
  EXPECT_FALSE(engine_.has_item("b"));
  expect_same_lists();
  remove("i3");
  expect_same_lists();
  put("b", "a stormy road again");
  ASSERT_TRUE(store_->show_item("b"));
  engine_.show("b");
  EXPECT_TRUE(engine_.has_item("b"));
  expect_same_lists();
}

}  // namespace
}  // namespace haina
