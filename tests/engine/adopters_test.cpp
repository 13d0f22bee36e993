// Where items that were added since training are placed by who takes them: as what is stored says, whenever it came in.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fusion/fusion.h"
#include "small_shop.h"

namespace haina {
namespace {

FusionNetwork trained_network(const Dataset& dataset) {
  const Split all = {at::full({dataset.events.size()}, static_cast<int64_t>(Part::kTrain), at::kByte)};
  const Interactions train = known_events(dataset, all, Stage::kTest);
  Params params(fusion_params());
  EXPECT_TRUE(params.merge({{"width", 8}, {"epochs", 30}, {"dropout", 0.2}, {"learning_rate", 0.02}}, "test"));
  FusionTraining training;
  auto network =
      FusionNetwork::train({.train = &train, .fields = dataset.fields, .validation = nullptr}, params, {}, training);
  EXPECT_TRUE(network) << (network ? "" : to_text(network.error()));
  return std::move(*network);
}

Model with_network(const Dataset& dataset) {
  static const FusionNetwork trained = trained_network(dataset);
  Model model = shop_model(dataset);
  auto network = FusionNetwork::restore(trained.state(), trained.about(), dataset.fields, kItems, "test");
  EXPECT_TRUE(network) << (network ? "" : to_text(network.error()));
  model.network = std::move(*network);
  const Result<Ranker> ranker = Ranker::restore({{"models", model.names()},
                                                 {"fit", "blend"},
                                                 {"units", std::vector<float>(model.names().size(), 1.0F)},
                                                 {"network_scores_all", true},
                                                 {"cross_fit", nlohmann::json::object()}},
                                                {{"weights", at::tensor({0.1F, 0.5F, 0.0F, 0.0F, 1.0F})}}, "");
  EXPECT_TRUE(ranker) << (ranker ? "" : to_text(ranker.error()));
  model.ranker = *ranker;
  return model;
}

Engine engine_with_network(int64_t history = 500) {
  Dataset dataset = shop_dataset();
  Model model = with_network(dataset);
  Config config = shop_config();
  config.serve.history = history;
  Result<Engine> engine = Engine::make(config, std::move(dataset), std::move(model));
  EXPECT_TRUE(engine) << (engine ? "" : to_text(engine.error()));
  return std::move(*engine);
}

ItemUpdate odd_item(const std::string& id) {
  return {id, {{"items.taste", {"odd"}}, {"items.title", {"stormy road"}}}};
}

double cosine(const Engine& engine, const std::string& one, const std::string& other) {
  const Result<SimilarItems> similar = engine.similar(one, 100);
  EXPECT_TRUE(similar) << (similar ? "" : to_text(similar.error()));
  const auto found = std::ranges::find(similar->items, other, &RecommendedItem::item);
  EXPECT_NE(found, similar->items.end()) << other;
  return found == similar->items.end() ? -9 : found->score;
}

// It was placed anew only when the next item was put.
TEST(Adopters, AnItemMovesToTheTasteOfThoseWhoTakeIt) {
  Engine engine = engine_with_network();
  ASSERT_TRUE(engine.put_items({odd_item("new")}));
  const double before = cosine(engine, "new", "i0");
  for (const char* const user : {"u0", "u2", "u4"}) {  // of even taste
    engine.learn({.user = user, .item = "new", .action = "click", .time_us = 100'000'000});
  }
  engine.place_adopted(Engine::Place::kSome);
  EXPECT_GT(cosine(engine, "new", "i0"), before + 0.05);
}

TEST(Adopters, WhoIsForgottenIsNoAdopterAnyMore) {
  Engine engine = engine_with_network();
  ASSERT_TRUE(engine.put_items({odd_item("new")}));
  const double before = cosine(engine, "new", "i0");
  engine.learn({.user = "u0", .item = "new", .action = "click", .time_us = 100'000'000});
  engine.learn({.user = "u2", .item = "new", .action = "click", .time_us = 100'000'000});
  engine.place_adopted(Engine::Place::kSome);
  const double both = cosine(engine, "new", "i0");
  engine.forget("u0");
  engine.place_adopted(Engine::Place::kSome);
  const double one = cosine(engine, "new", "i0");
  EXPECT_LT(one, both);
  engine.relearn("u2", {});
  engine.place_adopted(Engine::Place::kSome);
  EXPECT_NEAR(cosine(engine, "new", "i0"), before, 1e-6);
}

// A service that lives through it, and what a new one makes of the store: its items in the order in which they were
// added, then its events in order.
class Life {
 public:
  Life(int seed, int64_t history)
      : random_(static_cast<uint32_t>(seed)), history_(history), live_(engine_with_network(history)) {}

  void put_all() {
    for (int i = 0; i < kAdded; ++i) {
      put("new-" + std::to_string(i));
    }
  }

  void step() {
    const auto chance = random_() % 100;
    if (chance < 15) {
      put(item());
    } else if (chance < 20) {
      forget(user());
    } else if (chance < 25) {
      relearn(user());
    } else {
      for (auto i = random_() % 3 + 1; i > 0; --i) {
        learn();
      }
    }
    live_.place_adopted(Engine::Place::kSome);
  }

  void check() {
    Engine again = engine_with_network(history_);
    again.forget(std::vector<std::string>(forgotten_.begin(), forgotten_.end()));
    std::vector<ItemUpdate> items;
    std::ranges::transform(order_, std::back_inserter(items), [&](const std::string& id) { return items_.at(id); });
    ASSERT_TRUE(items.empty() || again.put_items(items));
    std::ranges::for_each(events_, [&](const LiveEvent& event) { again.learn(event); });
    again.place_adopted(Engine::Place::kAll);
    for (const std::string& id : order_) {
      const Result<SimilarItems> one = live_.similar(id, 100), other = again.similar(id, 100);
      ASSERT_TRUE(one && other);
      std::map<std::string, double> expected;
      for (const RecommendedItem& item : other->items) {
        expected[item.item] = item.score;
      }
      ASSERT_EQ(one->items.size(), expected.size());
      for (const RecommendedItem& item : one->items) {
        EXPECT_NEAR(item.score, expected.at(item.item), 1e-6) << id << " and " << item.item;
      }
    }
    for (int u = 0; u < kUsers + 2; ++u) {
      const RecommendRequest request = {.user = "u" + std::to_string(u), .history = {}, .query = "", .k = 20};
      const Result<RecommendationList> one = live_.recommend(request, {}), other = again.recommend(request, {});
      ASSERT_TRUE(one && other);
      ASSERT_EQ(one->items.size(), other->items.size()) << request.user;
      std::map<std::string, double> expected;
      for (const RecommendedItem& item : other->items) {
        expected[item.item] = item.score;
      }
      for (size_t i = 0; i < one->items.size(); ++i) {  // items as good as each other may change places
        const RecommendedItem& item = one->items[i];
        ASSERT_TRUE(expected.contains(item.item)) << request.user << " at " << i << ": " << item.item;
        EXPECT_NEAR(item.score, expected.at(item.item), 2e-5) << request.user << " at " << i << ": " << item.item;
        EXPECT_NEAR(item.score, other->items[i].score, 2e-5) << request.user << " at " << i;
      }
    }
  }

 private:
  std::string user() { return "u" + std::to_string(random_() % (kUsers + 2)); }
  std::string item() { return "new-" + std::to_string(random_() % kAdded); }

  void put(const std::string& id) {
    const ItemUpdate update = {id, {{"items.taste", {random_() % 2 == 0 ? "odd" : "even"}}}};
    if (items_.insert_or_assign(id, update).second) {
      order_.push_back(id);
    }
    ASSERT_TRUE(live_.put_items({update}));
  }
  void learn() {
    const int64_t late = random_() % 5 == 0 ? static_cast<int64_t>(random_() % 20'000'000) : 0;
    clock_us_ += 1'000'000;
    const std::string item_id = random_() % 2 == 0 ? item() : "i" + std::to_string(random_() % kItems);
    const LiveEvent event = {.user = user(), .item = item_id, .action = "click", .time_us = clock_us_ - late};
    events_.push_back(event);
    live_.learn(event);
  }
  void forget(const std::string& name) {
    std::erase_if(events_, [&](const LiveEvent& event) { return event.user == name; });
    forgotten_.insert(name);
    live_.forget(name);
  }
  void relearn(const std::string& name) {  // after one of the user's events was deleted
    const auto own = std::ranges::find(events_, name, &LiveEvent::user);
    if (own != events_.end()) {
      events_.erase(own);
    }
    std::vector<LiveEvent> left;
    std::ranges::copy_if(events_, std::back_inserter(left), [&](const LiveEvent& one) { return one.user == name; });
    live_.relearn(name, left);
  }

  static constexpr int kAdded = 5;
  std::mt19937 random_;
  int64_t history_;
  Engine live_;
  std::map<std::string, ItemUpdate> items_;
  std::vector<std::string> order_;
  std::vector<LiveEvent> events_;
  std::set<std::string> forgotten_;
  int64_t clock_us_ = 100'000'000;
};

TEST(Adopters, ARestartPlacesEveryItemWhereItWas) {
  for (int seed = 0; seed < 40 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    // Where the oldest events leave the memory, all items are there from the start: an event that waits for its item
    // comes later than it does in a replay, and other ones have left.
    const bool forgetful = seed % 2 == 1;
    Life life(seed, forgetful ? 5 : 500);
    if (forgetful) {
      life.put_all();
    }
    for (int step = 0; step < (forgetful ? 150 : 40) && !testing::Test::HasFailure(); ++step) {
      life.step();
      if (step % 8 == 7) {
        life.check();
      }
    }
  }
}

}  // namespace
}  // namespace haina
