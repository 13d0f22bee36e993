// A golden model: a folder with a small prepared dataset, a small model trained on it, and the lists that the model
// gave when it was made. README.md says when one is made.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "data/dataset.h"
#include "data/split.h"
#include "kernels/topk.h"
#include "model/model.h"

namespace haina {

inline constexpr int64_t kGoldenUsers = 3, kGoldenLength = 10;

inline std::filesystem::path golden_dataset(const std::filesystem::path& folder) { return folder / "dataset"; }
inline std::filesystem::path golden_model(const std::filesystem::path& folder) { return folder / "model"; }
inline std::filesystem::path golden_lists(const std::filesystem::path& folder) { return folder / "lists.json"; }

// The part of the configuration that loading a model reads.
inline Config golden_config() {
  Config config;
  config.split.by = SplitBy::kTime;
  config.split.test = 0.2;
  config.split.validation = 0.25;
  return config;
}

// The first users with held-out events, in the state before these.
inline Result<std::vector<UserState>> golden_users(const Dataset& dataset) {
  HAINA_TRY(const Split split, make_split(dataset, golden_config().split));
  HeldOut test = held_out(dataset, split, Stage::kTest);
  test.users.resize(std::min(test.users.size(), static_cast<size_t>(kGoldenUsers)));
  return std::move(test.users);
}

struct GoldenList {
  std::vector<std::string> items;  // the best unseen ones, best first
  std::vector<float> scores;
};

// The user's best unseen items.
inline GoldenList list_of(const Dataset& dataset, const Model& model, const UserState& user) {
  at::Tensor unseen = model.score({&user, 1}).clone();
  for (const UserEvent& event : user.history) {
    unseen[0][row_of(event.item)] = -std::numeric_limits<float>::infinity();
  }
  const RankedLists best = top_k(unseen, kGoldenLength);
  GoldenList list;
  for (int64_t r = 0; r < kGoldenLength && best.items[0][r].item<int32_t>() >= 0; ++r) {
    list.items.emplace_back(dataset.items.name(best.items[0][r].item<int32_t>()));
    list.scores.push_back(best.scores[0][r].item<float>());
  }
  return list;
}

// What the blend ("haina") and each of its models give to these items: {name: [score of each item]}.
inline nlohmann::json scores_of(const Dataset& dataset, const Model& model, const UserState& user,
                                const std::vector<std::string>& items) {
  const std::vector<std::string> names = model.names();
  const std::vector<at::Tensor> each = model.score_each({&user, 1});
  const at::Tensor blend = model.score({&user, 1});
  nlohmann::json scores = nlohmann::json::object();
  for (const std::string& item : items) {
    const int32_t row = dataset.items.find(item).value();
    scores["haina"].push_back(blend[0][row].item<float>());
    for (size_t m = 0; m < names.size(); ++m) {
      scores[names[m]].push_back(each[m][0][row].item<float>());
    }
  }
  return scores;
}

}  // namespace haina
