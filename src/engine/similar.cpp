// What is near in the fused space; and how near a list comes to what was taken.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "base/suggest.h"
#include "kernels/topk.h"
#include "engine/engine_state.h"

namespace haina {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

}  // namespace

Result<nlohmann::json> Engine::similar(const std::string& item, int64_t k, const std::string& category) const {
  const View now = view();
  const auto row = now.catalogue.find(item);
  if (!row) {
    return fail({ErrorCode::kNotFound, fmt::format("unknown item '{}'", item), "id",
                 did_you_mean(item, dataset_.items.to_strings())});
  }
  if (!model_.network) {
    return fail({ErrorCode::kUnsupported, "the model has no fused item vectors", "", "train with the fusion network"});
  }
  const std::array<int32_t, 1> one = {*row};
  const at::Tensor wanted = now.catalogue.vectors(*model_.network, one).squeeze(0);
  at::Tensor scores = at::mv(model_.network->item_vectors(), wanted);
  if (now.catalogue.added()->size() > 0) {
    scores = at::cat({scores, at::mv(now.catalogue.added()->vectors, wanted)});
  }
  scores.data_ptr<float>()[*row] = kNever;
  scores.masked_fill_(now.hidden, kNever);
  if (now.rules->allowed.defined()) {
    scores.masked_fill_(now.rules->allowed.logical_not(), kNever);
  }
  if (!category.empty()) {
    HAINA_TRY(const Field* const field, category_field(config_.serve, dataset_));
    if (field != nullptr) {
      scores.masked_fill_(with_value(now.catalogue, *field, category).logical_not(), kNever);
    }
  }
  const RankedLists lists = top_k(scores.unsqueeze(0).contiguous(), std::min(k, now.catalogue.size()));
  nlohmann::json items = nlohmann::json::array();
  for (int64_t r = 0; r < lists.items.size(1); ++r) {
    const int32_t near = lists.items.const_data_ptr<int32_t>()[r];
    if (near >= 0 && std::isfinite(lists.scores.const_data_ptr<float>()[r])) {
      items.push_back({{"item", now.catalogue.id(near)},
                       {"title", now.catalogue.title(near)},
                       {"score", lists.scores.const_data_ptr<float>()[r]}});
    }
  }
  return nlohmann::json{{"schema", "haina.similar/1"}, {"item", item}, {"items", items}};
}

Result<std::vector<std::pair<std::string, double>>> Engine::near_users(const std::string& user, int64_t k) const {
  if (!model_.network) {
    return fail({ErrorCode::kUnsupported, "the model has no fused vectors", "", "train with the fusion network"});
  }
  const View now = view();
  std::vector<int32_t> seen;
  std::vector<std::string> notes;
  HAINA_TRY(const UserState wanted, state_of({.user = user, .history = {}, .query = ""}, now.catalogue, seen, notes));
  const at::Tensor own = model_.network->user_vectors({&wanted, 1});
  std::vector<std::pair<double, int32_t>> near;
  constexpr int64_t kBatch = 512;
  for (int64_t begin = 0; begin < dataset_.users.size(); begin += kBatch) {
    std::vector<UserState> states;
    for (int64_t u = begin; u < std::min(begin + kBatch, dataset_.users.size()); ++u) {
      HAINA_TRY(
          UserState state,
          state_of({.user = std::string(dataset_.users.name(static_cast<int32_t>(u))), .history = {}, .query = ""},
                   now.catalogue, seen, notes));
      states.push_back(std::move(state));
    }
    const at::Tensor others = model_.network->user_vectors(states);
    const at::Tensor cosines =
        (at::matmul(others, own.t()).squeeze(1) / (others.norm(2, 1) * own.norm()).clamp_min(1e-9)).contiguous();
    for (size_t u = 0; u < states.size(); ++u) {
      if (states[u].user != wanted.user && !states[u].history.empty()) {
        near.emplace_back(-static_cast<double>(cosines.const_data_ptr<float>()[u]), states[u].user);
      }
    }
  }
  const size_t count = std::min(near.size(), static_cast<size_t>(k));
  std::ranges::partial_sort(near, near.begin() + static_cast<std::ptrdiff_t>(count));
  std::vector<std::pair<std::string, double>> named;
  for (size_t i = 0; i < count; ++i) {
    named.emplace_back(dataset_.users.name(near[i].second), -near[i].first);
  }
  return named;
}

double Engine::ndcg_of(const std::string& user, const std::vector<std::string>& items, int64_t k) const {
  const ListForm plain = {.reasons = Reasons::kSkip};
  const auto list = recommend({.user = user, .history = {}, .query = "", .k = k}, plain);
  if (!list) {
    return 0;
  }
  const std::set<std::string> wanted(items.begin(), items.end());
  double gain = 0, ideal = 0;
  for (size_t r = 0; r < list->at("items").size(); ++r) {
    gain += wanted.contains(list->at("items")[r].at("item")) ? 1 / std::log2(static_cast<double>(r) + 2) : 0;
  }
  for (size_t r = 0; r < wanted.size() && r < static_cast<size_t>(k); ++r) {
    ideal += 1 / std::log2(static_cast<double>(r) + 2);
  }
  return ideal > 0 ? gain / ideal : 0;
}

}  // namespace haina
