// Items and users that are similar in the fused space; and how well a list predicts what a user took.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "data/suggest_id.h"
#include "engine/engine_state.h"
#include "kernels/topk.h"
#include "metrics/metrics.h"
#include "recommend/channels.h"
#include "recommend/rules.h"

namespace haina {
namespace {

constexpr int64_t kUserBatch = 512;

}  // namespace

Result<SimilarItems> Engine::similar(const std::string& item, int64_t k, const std::string& category) const {
  const View now = view();
  const auto row = now.catalog.find(item);
  if (!row) {
    return fail(
        {ErrorCode::kNotFound, fmt::format("unknown item '{}'", item), "id", did_you_mean(item, dataset_.items)});
  }
  if (!model_.network) {
    return fail({ErrorCode::kUnsupported, "the model has no fused item vectors", "", "train with the fusion network"});
  }
  at::Tensor scores = vector_similarity(now.catalog, *model_.network, *row);
  scores.data_ptr<float>()[*row] = kNever;
  scores.masked_fill_(now.hidden, kNever);
  if (const at::Tensor allowed = allowed_now(*now.rules); allowed.defined()) {
    scores.masked_fill_(allowed.logical_not(), kNever);
  }
  if (!category.empty()) {
    HAINA_TRY(const Field* const field, category_field(config_.serve, dataset_));
    if (field != nullptr) {
      scores.masked_fill_(items_with_value(now.catalog, *field, category).logical_not(), kNever);
    }
  }
  const RankedLists lists = top_k(scores.unsqueeze(0).contiguous(), std::min(k, now.catalog.size()));
  SimilarItems similar = {.item = item, .items = {}};
  for (int64_t r = 0; r < lists.items.size(1); ++r) {
    const int32_t near = lists.items.const_data_ptr<int32_t>()[r];
    const float score = lists.scores.const_data_ptr<float>()[r];
    if (near >= 0 && std::isfinite(score)) {
      similar.items.push_back({.item = now.catalog.id(near), .title = now.catalog.title(near), .score = score});
    }
  }
  return similar;
}

Result<std::vector<std::pair<std::string, double>>> Engine::near_users(const std::string& user, int64_t k) const {
  if (!model_.network) {
    return fail({ErrorCode::kUnsupported, "the model has no fused vectors", "", "train with the fusion network"});
  }
  const View now = view();
  const ListState own = list_state({.user = user, .history = {}, .query = ""}, now);
  const at::Tensor own_vector = model_.network->user_vectors({&own.state, 1});
  std::vector<std::pair<double, int32_t>> near;  // negative cosine, row of the user
  for (int64_t begin = 0; begin < dataset_.users.size(); begin += kUserBatch) {
    std::vector<UserState> states;
    for (int64_t u = begin; u < std::min(begin + kUserBatch, dataset_.users.size()); ++u) {
      const std::string name(dataset_.users.name(static_cast<int32_t>(u)));
      states.push_back(std::move(list_state({.user = name, .history = {}, .query = ""}, now).state));
    }
    const at::Tensor vectors = model_.network->user_vectors(states);
    const at::Tensor cosines =
        (at::matmul(vectors, own_vector.t()).squeeze(1) / (vectors.norm(2, 1) * own_vector.norm()).clamp_min(1e-9))
            .contiguous();
    for (size_t u = 0; u < states.size(); ++u) {
      const auto row = static_cast<int32_t>(begin + static_cast<int64_t>(u));  // a forgotten user's state has none
      if (dataset_.users.name(row) != user && !states[u].history.empty()) {
        near.emplace_back(-static_cast<double>(cosines.const_data_ptr<float>()[u]), row);
      }
    }
  }
  const size_t count = std::min(near.size(), static_cast<size_t>(k));
  std::ranges::partial_sort(near, near.begin() + static_cast<std::ptrdiff_t>(count));
  std::vector<std::pair<std::string, double>> named;
  named.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    named.emplace_back(dataset_.users.name(near[i].second), -near[i].first);
  }
  return named;
}

std::vector<std::string> Engine::new_to(const std::string& user, const std::vector<std::string>& items) const {
  const View now = view();
  const std::vector<int32_t> seen = list_state({.user = user, .history = {}, .query = "", .k = 1}, now).seen;
  std::vector<std::string> unseen;
  for (const std::string& item : items) {
    const auto row = now.catalog.find(item);
    if (row && std::ranges::find(seen, *row) == seen.end()) {
      unseen.push_back(item);
    }
  }
  return unseen;
}

double Engine::ndcg_of(const std::string& user, const std::vector<std::string>& items, int64_t k) const {
  const auto list = recommend({.user = user, .history = {}, .query = "", .k = k}, {.explain = Explain::kNo});
  if (!list || items.empty()) {
    return 0;
  }
  // Ids become numbers: the items taken first, since some may be unknown to the catalog, then all others of the list.
  std::unordered_map<std::string, int32_t> number_of;
  const auto number = [&](const std::string& id) {
    return number_of.try_emplace(id, static_cast<int32_t>(number_of.size())).first->second;
  };
  for (const std::string& id : items) {
    number(id);
  }
  const int64_t taken = std::ssize(number_of);
  RankedLists ranked = {.items = at::full({1, k}, -1, at::kInt), .scores = at::zeros({1, k})};
  for (size_t r = 0; r < list->items.size(); ++r) {
    ranked.items.data_ptr<int32_t>()[r] = number(list->items[r].item);
  }
  const std::vector<int32_t> rows(static_cast<size_t>(taken), 0);
  std::vector<int32_t> columns(static_cast<size_t>(taken));
  for (int64_t c = 0; c < taken; ++c) {
    columns[static_cast<size_t>(c)] = static_cast<int32_t>(c);
  }
  const std::vector<float> ones(static_cast<size_t>(taken), 1);
  const Csr truth = csr_from_coordinates(1, std::ssize(number_of), rows, columns, ones, Repeats::kMax);
  const std::array<int64_t, 1> ks = {k};
  return ranking_metrics(ranked, truth, ks).column(fmt::format("ndcg@{}", k)).item<double>();
}

}  // namespace haina
