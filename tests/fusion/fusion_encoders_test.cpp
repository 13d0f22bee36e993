// Encoders chosen by settings: they change the network, and a saved network keeps them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "encoders/encoder.h"
#include "fusion/fusion.h"
#include "small_world.h"

namespace haina {
namespace {

// The sources that about() lists, by name.
nlohmann::json source_of(const nlohmann::json& about, const std::string& name) {
  for (const nlohmann::json& source : about.at("item_sources")) {
    if (source.at("name") == name) {
      return source;
    }
  }
  return nullptr;
}

Result<FusionNetwork> train_with_encoders(const World& world, std::map<std::string, nlohmann::json> encoders) {
  FusionTraining training;
  return FusionNetwork::train({.train = &world.train, .fields = world.fields, .validation = nullptr}, small_params(),
                              {.epochs = 2, .encoders = std::move(encoders), .encoders_place = "haina.toml:7"},
                              training);
}

World world_with_texts_and_numbers() {
  World world = small_world();
  std::vector<std::vector<std::string>> titles, years;
  for (int i = 0; i < 30; ++i) {
    titles.push_back({i % 2 == 0 ? "red green story" : "blue yellow story"});
    years.push_back({std::to_string(1990 + i)});
  }
  world.fields.push_back(field_of_cells("items.title", Side::kItem, FieldType::kText, titles));
  world.fields.push_back(field_of_cells("items.year", Side::kItem, FieldType::kNumber, years));
  return world;
}

TEST(FusionEncoders, ParametersOfTheSettingsChangeTheNetworkAndAreRestored) {
  const World world = world_with_texts_and_numbers();
  const auto plain = train_with_encoders(world, {});
  const auto coarse = train_with_encoders(world, {{"items.year", {{"bins", 2}}}});
  ASSERT_TRUE(plain);
  ASSERT_TRUE(coarse) << to_text(coarse.error());
  EXPECT_EQ(source_of(coarse->about(), "items.year").at("params").at("bins"), 2);
  const UserState state = of_taste(1);
  EXPECT_FALSE(at::allclose(plain->score({&state, 1}), coarse->score({&state, 1})));
  // Restoring needs no settings, because the network saved them.
  const auto back = FusionNetwork::restore(coarse->state(), coarse->about(), world.fields, 30, "here");
  ASSERT_TRUE(back) << to_text(back.error());
  EXPECT_TRUE(at::equal(back->score({&state, 1}), coarse->score({&state, 1})));
}

// Every encoder that serves texts, the default and any other, can be chosen by the field's name or by its type.
TEST(FusionEncoders, EveryEncoderOfATypeCanBeChosenAndIsRestored) {
  const World world = world_with_texts_and_numbers();
  const UserState state = of_taste(1);
  std::vector<at::Tensor> scores;
  for (const EncoderEntry& entry : encoder_entries()) {
    if (std::ranges::find(entry.types, FieldType::kText) == entry.types.end()) {
      continue;
    }
    const auto network = train_with_encoders(world, {{scores.empty() ? "items.title" : "text", entry.name}});
    ASSERT_TRUE(network) << entry.name << to_text(network.error());
    EXPECT_EQ(source_of(network->about(), "items.title").at("encoder"), entry.name);
    const auto back = FusionNetwork::restore(network->state(), network->about(), world.fields, 30, "here");
    ASSERT_TRUE(back) << entry.name << to_text(back.error());
    EXPECT_TRUE(at::equal(back->score({&state, 1}), network->score({&state, 1}))) << entry.name;
    for (const at::Tensor& other : scores) {
      EXPECT_FALSE(at::allclose(other, network->score({&state, 1}))) << entry.name;
    }
    scores.push_back(network->score({&state, 1}));
  }
  EXPECT_FALSE(scores.empty());
}

TEST(FusionEncoders, AnUnknownEncoderIsAnErrorAtThePlaceOfTheSettings) {
  const auto network = train_with_encoders(world_with_texts_and_numbers(), {{"items.title", "no such encoder"}});
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(network.error().at, "haina.toml:7");
  EXPECT_FALSE(network.error().hint.empty());
}

TEST(FusionEncoders, ManifestsWithoutParametersRestoreWithTheDefaults) {
  const World world = world_with_texts_and_numbers();
  const auto network = train_with_encoders(world, {});
  ASSERT_TRUE(network);
  nlohmann::json about = network->about();
  for (nlohmann::json& source : about["item_sources"]) {
    source.erase("params");
  }
  const auto back = FusionNetwork::restore(network->state(), about, world.fields, 30, "here");
  ASSERT_TRUE(back) << to_text(back.error());
  const UserState state = of_taste(1);
  EXPECT_TRUE(at::equal(back->score({&state, 1}), network->score({&state, 1})));
}

}  // namespace
}  // namespace haina
