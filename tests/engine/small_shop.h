// A shop of two tastes with a model made by hand: no network, a blend of counts and item neighbors.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "data/dataset.h"
#include "data/split.h"
#include "engine/engine.h"
#include "experts/expert.h"
#include "model/model.h"

namespace haina {

inline constexpr int kUsers = 6, kItems = 12;

inline Field field_of(const char* source, const char* name, Side side, FieldType type) {
  Field field;
  field.source = source;
  field.name = name;
  field.side = side;
  field.type = type;
  field.num_rows = side == Side::kUser ? kUsers : kItems;
  return field;
}

inline Field social_field(const char* source, const std::vector<int32_t>& rows, const std::vector<int32_t>& columns) {
  Field field = field_of(source, "friends", Side::kUser, FieldType::kSocial);
  field.target = Field::Target::kUsers;
  field.bags =
      csr_from_coordinates(kUsers, kUsers, rows, columns, std::vector<float>(rows.size(), 1.0F), Repeats::kMax);
  return field;
}

enum class LastClick { kKeep, kLeaveOut };

// User u clicked five of the six items of taste u % 2, item i having taste i % 2, and viewed one item of the other
// taste. u0 has one friend in each of two sources: u2 and u4.
inline Dataset shop_dataset(LastClick last = LastClick::kKeep) {
  Dataset dataset;
  dataset.name = "shop";
  dataset.actions.find_or_add("click");
  dataset.actions.find_or_add("view");
  Field title = field_of("items", "title", Side::kItem, FieldType::kText);
  Field taste = field_of("items", "taste", Side::kItem, FieldType::kCategory);
  taste.codes = at::arange(kItems, at::kInt).remainder(2).to(at::kInt);
  taste.values.find_or_add("even");
  taste.values.find_or_add("odd");
  for (int i = 0; i < kItems; ++i) {
    dataset.items.find_or_add("i" + std::to_string(i));
    dataset.titles.push_back((i % 2 == 0 ? "quiet harbour " : "stormy road ") + std::to_string(i));
    title.texts.push_back(dataset.titles.back());
  }
  Field device = field_of("users", "device", Side::kUser, FieldType::kCategory);
  device.codes = at::zeros({kUsers}, at::kInt);
  device.values.find_or_add("desktop");
  device.values.find_or_add("phone");

  std::vector<int32_t> user, item, goal;
  std::vector<int64_t> time;
  const auto add = [&](int u, int i, bool is_goal) {
    user.push_back(u);
    item.push_back(i);
    goal.push_back(is_goal ? 1 : 0);
    time.push_back(1'000'000 * (std::ssize(user) + 1));
  };
  for (int u = 0; u < kUsers; ++u) {
    dataset.users.find_or_add("u" + std::to_string(u));
    add(u, 1 - u % 2 + 2 * (u / 2), false);
    std::vector<int> clicks;
    for (int j = 0; j < kItems / 2; ++j) {
      if (j != u / 2) {
        clicks.push_back(u % 2 + 2 * j);
      }
    }
    if (last == LastClick::kLeaveOut) {
      clicks.pop_back();
    }
    for (const int i : clicks) {
      add(u, i, true);
    }
  }
  const int64_t n = std::ssize(user);
  const at::Tensor is_goal = at::tensor(goal, at::kInt).to(at::kBool);
  dataset.events = {.user = at::tensor(user, at::kInt),
                    .item = at::tensor(item, at::kInt),
                    .action = is_goal.logical_not().to(at::kByte),
                    .value = at::full({n}, std::numeric_limits<float>::quiet_NaN(), at::kFloat),
                    .weight = at::ones({n}, at::kFloat),
                    .time = at::tensor(time, at::kLong),
                    .goal = is_goal,
                    .part = at::zeros({n}, at::kByte)};
  dataset.fields = {title, taste, device, social_field("follows", {0}, {2}), social_field("trusts", {0}, {4})};
  return dataset;
}

inline Config shop_config() {
  Config config;
  config.name = "shop";
  config.goal = {"click"};
  return config;
}

inline Model shop_model(const Dataset& dataset) {
  const Split all = {at::full({dataset.events.size()}, static_cast<int64_t>(Part::kTrain), at::kByte)};
  const Interactions train = known_events(dataset, all, Stage::kTest);
  Model model;
  for (const char* const name : {"popularity", "item_knn", "friends", "trending"}) {
    const ExpertEntry& entry = **find_expert(name, "");
    NamedExpert named = {name, nlohmann::json::object(), entry.make(Params(entry.params))};
    const Status fitted = named.expert->fit(train, {.fields = dataset.fields});
    EXPECT_TRUE(fitted) << name << ": " << (fitted ? "" : to_text(fitted.error()));
    model.experts.push_back(std::move(named));
  }
  const Result<Ranker> ranker = Ranker::restore({{"models", model.names()},
                                                 {"fit", "blend"},
                                                 {"units", std::vector<float>(model.experts.size(), 1.0F)},
                                                 {"network_scores_all", false},
                                                 {"cross_fit", nlohmann::json::object()}},
                                                {{"weights", at::tensor({0.1F, 1.0F, 0.0F, 0.0F})}}, "");
  EXPECT_TRUE(ranker) << (ranker ? "" : to_text(ranker.error()));
  model.ranker = *ranker;
  model.about = {{"version", "hand-made"}};
  return model;
}

inline Engine shop_engine(Config config = shop_config()) {
  Dataset dataset = shop_dataset();
  Model model = shop_model(dataset);
  Result<Engine> engine = Engine::make(config, std::move(dataset), std::move(model));
  EXPECT_TRUE(engine) << (engine ? "" : to_text(engine.error()));
  return std::move(*engine);
}

}  // namespace haina
