#include "engine/live_check.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "small_shop.h"

namespace haina {
namespace {

// In the shop, i6 to i11 have three clicks each, the others two, so popularity ranks i6 first and i0 seventh.
Engine engine_of(const std::vector<float>& weights, const std::string& best_model = "popularity") {
  Dataset dataset = shop_dataset();
  Model model = shop_model(dataset);
  model.ranker.blender.weights = at::tensor(weights);
  if (!best_model.empty()) {
    model.about["best_model"] = best_model;
  }
  Result<Engine> engine = Engine::make(shop_config(), std::move(dataset), std::move(model));
  EXPECT_TRUE(engine) << (engine ? "" : to_text(engine.error()));
  return std::move(*engine);
}

ItemsOfUsers newcomers(int count, const std::vector<std::string>& items) {
  ItemsOfUsers taken;
  for (int n = 0; n < count; ++n) {
    taken["new" + std::to_string(n)] = items;
  }
  return taken;
}

TEST(LiveCheck, ARankerThatTurnsItsBestModelAroundIsWorse) {
  const nlohmann::json check =
      check_against_best_model(engine_of({-1, 0, 0, 0}), newcomers(25, {"i6", "i6", "elsewhere"}));
  EXPECT_EQ(check.at("users"), 25);
  EXPECT_EQ(check.at("metric"), "ndcg@10");
  EXPECT_EQ(check.at("best_model"), "popularity");
  EXPECT_NEAR(check.at("best_model_value").get<double>(), 1, 1e-6);
  EXPECT_NEAR(check.at("ranker").get<double>(), 1 / 3.0, 1e-6) << "the seventh: 1 / log2(8)";
  EXPECT_NEAR(check.at("delta").get<double>(), -2 / 3.0, 1e-6);
  EXPECT_TRUE(check.at("worse").get<bool>());
}

TEST(LiveCheck, ARankerThatFollowsItsBestModelIsNot) {
  const nlohmann::json check = check_against_best_model(engine_of({1, 0, 0, 0}), newcomers(20, {"i6"}));
  EXPECT_EQ(check.at("delta"), 0.0);
  EXPECT_FALSE(check.at("worse").get<bool>());
}

TEST(LiveCheck, SaysNothingWhereItCannotKnow) {
  EXPECT_TRUE(check_against_best_model(engine_of({1, 0, 0, 0}), newcomers(19, {"i6"})).is_null());
  EXPECT_TRUE(check_against_best_model(engine_of({1, 0, 0, 0}), newcomers(30, {"elsewhere"})).is_null());
  EXPECT_TRUE(check_against_best_model(engine_of({1, 0, 0, 0}, ""), newcomers(30, {"i6"})).is_null());
  // Items of the history are in no list: they count neither for nor against.
  EXPECT_TRUE(check_against_best_model(engine_of({1, 0, 0, 0}), {{"u0", {"i2"}}}).is_null());
}

}  // namespace
}  // namespace haina
