#include "engine/live_check.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "data/mask_history.h"
#include "engine/clearly_worse.h"
#include "metrics/intervals.h"
#include "metrics/metrics.h"

namespace haina {
namespace {

constexpr size_t kFewestUsers = 20;
constexpr int64_t kCutoff = 10;

// Rows of the dataset, ascending, without those of the history.
std::vector<int32_t> rows_of(const std::vector<std::string>& items, const Dataset& dataset, const UserState& state) {
  std::vector<int32_t> rows;
  for (const std::string& id : items) {
    const auto row = dataset.items.find(id);
    if (row && std::ranges::find(state.history, ItemId{*row}, &UserEvent::item) == state.history.end()) {
      rows.push_back(*row);
    }
  }
  std::ranges::sort(rows);
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

double ndcg(const at::Tensor& scores, const UserState& state, const std::vector<int32_t>& rows) {
  const RankedLists lists = top_k_unseen(scores, {&state, 1}, kCutoff);
  const std::vector<int32_t> zeros(rows.size(), 0);
  const Csr truth =
      csr_from_coordinates(1, scores.size(1), zeros, rows, std::vector<float>(rows.size(), 1), Repeats::kMax);
  return ranking_metrics(lists, truth, std::array<int64_t, 1>{kCutoff}).column("ndcg@10").item<double>();
}

}  // namespace

nlohmann::json check_against_best_model(const Engine& engine, const ItemsOfUsers& taken) {
  const Model& model = engine.model();
  const std::string best_model = model.about.value("best_model", "");
  const std::vector<std::string>& names = model.ranker.models;
  const auto best = std::ranges::find(names, best_model);
  if (best == names.end()) {
    return nullptr;
  }
  std::vector<double> of_ranker, of_best;
  for (const auto& [user, items] : taken) {
    const Result<UserState> state = engine.user_state({.user = user, .history = {}, .query = "", .k = kCutoff});
    if (!state) {
      continue;
    }
    const std::vector<int32_t> rows = rows_of(items, engine.dataset(), *state);
    if (rows.empty()) {
      continue;
    }
    const std::vector<at::Tensor> scores = model.score_each({&*state, 1});
    of_ranker.push_back(ndcg(model.ranker.score(scores, {&*state, 1}), *state, rows));
    of_best.push_back(ndcg(scores[static_cast<size_t>(best - names.begin())], *state, rows));
  }
  if (of_ranker.size() < kFewestUsers) {
    return nullptr;
  }
  const at::Tensor first = at::tensor(of_ranker, at::kDouble), second = at::tensor(of_best, at::kDouble);
  const Interval delta = paired_difference(first, second).delta;
  return {{"users", of_ranker.size()},
          {"metric", "ndcg@10"},
          {"ranker", first.mean().item<double>()},
          {"best_model", best_model},
          {"best_model_value", second.mean().item<double>()},
          {"delta", delta.value},
          {"low", delta.low},
          {"high", delta.high},
          {"worse", is_clearly_worse(of_ranker, of_best)}};
}

}  // namespace haina
