// A dataset of 24 users and 12 items with one source of tags, and a model on it: two experts, a network, a ranker and
// heads.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/params.h"
#include "data/dataset.h"
#include "data/split.h"
#include "model/model.h"

namespace haina {

inline constexpr int32_t kSmallUsers = 24, kSmallItems = 12;

// User u takes the four items that are u modulo 3, one a day, each user starting at another.
inline Dataset small_dataset() {
  Dataset dataset;
  dataset.name = "small";
  std::vector<int32_t> users, items;
  std::vector<int64_t> times;
  for (int32_t u = 0; u < kSmallUsers; ++u) {
    dataset.users.find_or_add("u" + std::to_string(u));
    for (int32_t nth = 0; nth < 4; ++nth) {
      users.push_back(u);
      items.push_back((u % 3 + 3 * ((u / 3 + nth) % 4)) % kSmallItems);
      times.push_back((int64_t{86400} * nth + u) * 1'000'000);
    }
  }
  Field tags;
  tags.source = "items";
  tags.name = "tag";
  tags.type = FieldType::kTags;
  tags.num_rows = kSmallItems;
  std::vector<int32_t> rows, columns;
  for (int32_t i = 0; i < kSmallItems; ++i) {
    dataset.items.find_or_add("i" + std::to_string(i));
    dataset.titles.push_back("item " + std::to_string(i));
    rows.push_back(i);
    columns.push_back(tags.values.find_or_add("taste " + std::to_string(i % 3)));
  }
  tags.bags = csr_from_coordinates(kSmallItems, tags.values.size(), rows, columns,
                                   std::vector<float>(rows.size(), 1.0F), Repeats::kMax);
  dataset.fields.push_back(std::move(tags));
  dataset.actions.find_or_add("take");
  const int64_t n = std::ssize(users);
  dataset.events = {.user = at::tensor(users, at::kInt),
                    .item = at::tensor(items, at::kInt),
                    .action = at::zeros({n}, at::kByte),
                    .value = at::full({n}, std::nanf("")),
                    .weight = at::ones({n}),
                    .time = at::tensor(times, at::kLong),
                    .goal = at::ones({n}, at::kBool),
                    .part = at::zeros({n}, at::kByte)};
  return dataset;
}

inline Config small_config() {
  Config config;
  config.split.by = SplitBy::kLeaveLast;
  return config;
}

inline NamedExpert fitted_expert(const std::string& name, const Interactions& train, std::span<const Field> fields) {
  const ExpertEntry& entry = **find_expert(name, "");
  const Params params(entry.params);
  NamedExpert expert = {name, params.to_json(), entry.make(params)};
  EXPECT_TRUE(expert.expert->fit(train, {.fields = fields}));
  return expert;
}

// Training the network takes most of the time.
enum class WithNetwork { kYes, kNo };
inline Model small_model(const Dataset& dataset, WithNetwork with_network = WithNetwork::kYes) {
  const Split split = *make_split(dataset, small_config().split);
  const Interactions train = known_events(dataset, split, Stage::kTest);
  const ScannedFields scanned = scan_fields(dataset, split, Stage::kTest, {});
  Model model;
  model.experts.push_back(fitted_expert("popularity", train, scanned.fields));
  model.experts.push_back(fitted_expert("ease", train, scanned.fields));
  model.experts.push_back(fitted_expert("content.items.tag", train, scanned.fields));
  std::vector<float> weights = {0, 1, 0}, units = {1, 1, 1};
  if (with_network == WithNetwork::kYes) {
    Params params(fusion_params());
    EXPECT_TRUE(params.merge({{"width", 8}, {"epochs", 1}}, ""));
    FusionTraining training;
    auto network = FusionNetwork::train({.train = &train, .fields = scanned.fields}, params, {.epochs = 1}, training);
    EXPECT_TRUE(network) << (network ? "" : to_text(network.error()));
    model.network = std::move(*network);
    weights.push_back(0.5F);
    units.push_back(0);  // logits
  }
  model.ranker.models = model.names();
  model.ranker.blender.name = "blend";
  model.ranker.blender.weights = at::tensor(weights);
  model.ranker.views = LogViews(units);
  model.heads.actions = {"view", "take"};
  model.heads.weights = at::ones({2, std::ssize(weights) + kUserFeatures + 1});
  model.heads.user_feature_scale = at::ones({2, kUserFeatures});
  model.about = {
      {"users", dataset.users.size()}, {"items", dataset.items.size()}, {"without", nlohmann::json::array()}};
  return model;
}

}  // namespace haina
