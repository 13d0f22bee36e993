#include "ranking/ranker.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>

#include "data/mask_history.h"
#include "ranking/ranker_samples.h"
#include "ranking/user_features.h"

namespace haina {
namespace {

constexpr float kLowest = -std::numeric_limits<float>::infinity();
constexpr float kMargin = 0.01F;  // between the items that the network scored and those below them

// The best unseen items of every model, as in the samples that the network was fitted on, and the added items that
// would be among them: int64 [n], ascending.
at::Tensor candidates_of(std::span<const at::Tensor> standardised, int64_t row, const UserState& state,
                         int64_t trained) {
  std::vector<int64_t> candidates;
  for (const at::Tensor& scores : standardised) {
    const at::Tensor of_user = scores.narrow(0, row, 1);
    const RankedLists best = top_k_unseen(of_user.narrow(1, 0, trained).contiguous(), {&state, 1}, kBestOfModel);
    const int32_t* const items = best.items.const_data_ptr<int32_t>();
    const auto count =
        static_cast<int64_t>(std::count_if(items, items + best.items.size(1), [](int32_t item) { return item >= 0; }));
    candidates.insert(candidates.end(), items, items + count);
    const float* const own = of_user.const_data_ptr<float>();
    const float least = count < kBestOfModel ? kLowest : own[items[count - 1]];
    for (int64_t added = trained; added < scores.size(1); ++added) {
      if (own[added] >= least) {
        candidates.push_back(added);
      }
    }
  }
  std::ranges::sort(candidates);
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return at::tensor(candidates, at::kLong);
}

// The items that the network did not score keep the order of the additive part and rank below those that it did.
void put_below(at::Tensor row, const at::Tensor& candidates, const at::Tensor& of_candidates, int64_t trained) {
  const at::Tensor rest = row.index_fill(0, candidates, kLowest).narrow(0, 0, trained);
  const at::Tensor known = of_candidates.masked_select(candidates.lt(trained));
  if (known.numel() > 0 && known.numel() < trained) {
    const auto lowest = known.min().item<float>();
    row.sub_(std::max(0.0F, rest.max().item<float>() - lowest + kMargin));
    row.narrow(0, trained, row.size(0) - trained).clamp_max_(lowest - kMargin);
  }
  row.index_copy_(0, candidates, of_candidates);
}

// Whether the network's tensors have the shapes that `models` models need.
bool network_fits(const Blender& blender, int64_t models) {
  const int64_t h = blender.hidden.size(0);
  const auto is_scale = [&](const at::Tensor& scale) { return scale.size(0) == 2 && scale.size(1) == models; };
  return blender.user_feature_scale.defined() && blender.hidden.size(1) == 2 * models + kUserFeatures &&
         blender.hidden_bias.size(0) == h && blender.output.size(0) == h && blender.direct.size(0) == models &&
         is_scale(blender.log_scale) && is_scale(blender.best_scale);
}

// The blender's tensors; undefined where `state` has none, which depends on the kind.
Result<Blender> restore_blender(const TensorMap& state, int64_t models, const std::string& where) {
  const auto damaged = [&] {
    return fail({ErrorCode::kBadData, "the ranker's weights are damaged", where, "train again with haina train"});
  };
  Blender blender;
  HAINA_TRY(blender.weights, take_tensor(state, "weights", at::kFloat, 1, where));
  if (models == 0 || blender.weights.size(0) != models) {
    return damaged();
  }
  if (state.contains("user_feature_weights")) {
    HAINA_TRY(blender.user_feature_weights, take_tensor(state, "user_feature_weights", at::kFloat, 2, where));
    HAINA_TRY(blender.user_feature_scale, take_tensor(state, "user_feature_scale", at::kFloat, 2, where));
    if (blender.user_feature_weights.size(0) != kUserFeatures || blender.user_feature_weights.size(1) != models ||
        blender.user_feature_scale.size(0) != 2 || blender.user_feature_scale.size(1) != kUserFeatures) {
      return damaged();
    }
  }
  if (state.contains("hidden")) {
    HAINA_TRY(blender.hidden, take_tensor(state, "hidden", at::kFloat, 2, where));
    HAINA_TRY(blender.hidden_bias, take_tensor(state, "hidden_bias", at::kFloat, 1, where));
    HAINA_TRY(blender.output, take_tensor(state, "output", at::kFloat, 1, where));
    HAINA_TRY(blender.direct, take_tensor(state, "direct", at::kFloat, 1, where));
    HAINA_TRY(blender.log_scale, take_tensor(state, "log_scale", at::kFloat, 2, where));
    HAINA_TRY(blender.best_scale, take_tensor(state, "best_scale", at::kFloat, 2, where));
    if (!network_fits(blender, models)) {
      return damaged();
    }
  }
  return blender;
}

}  // namespace

at::Tensor Ranker::user_weights(std::span<const UserState> users) const {
  return blender.user_weights(user_features_of(users));
}

const std::string& Ranker::heaviest() const {
  return models[static_cast<size_t>(blender.weights.argmax().item<int64_t>())];
}

std::vector<bool> Ranker::reads() const {
  std::vector<bool> read(models.size(), true);
  for (size_t m = 0; m < models.size() && !blender.hidden.defined() && blender.weights.defined(); ++m) {
    const auto i = static_cast<int64_t>(m);
    const at::Tensor& by_user = blender.user_feature_weights;
    read[m] =
        blender.weights[i].item<float>() != 0 || (by_user.defined() && by_user.select(1, i).ne(0).any().item<bool>());
  }
  return read;
}

at::Tensor Ranker::score(std::span<const at::Tensor> scores, std::span<const UserState> users, int64_t trained) const {
  const at::NoGradGuard no_grad;
  HAINA_ASSERT(scores.size() == models.size());
  const at::Tensor weights = user_weights(users);
  const auto any = std::ranges::find_if(scores, [](const at::Tensor& of_model) { return of_model.defined(); });
  HAINA_ASSERT(any != scores.end());
  at::Tensor total = at::zeros_like(*any);
  std::vector<at::Tensor> weighed(scores.begin(), scores.end());  // others cost no standardising
  for (size_t m = 0; m < scores.size() && !blender.hidden.defined(); ++m) {
    const bool stands_in = support.changes() && static_cast<int64_t>(m) == support.network;
    if (!stands_in && weights.select(1, static_cast<int64_t>(m)).eq(0).all().item<bool>()) {
      weighed[m] = at::Tensor();
    }
  }
  const std::vector<at::Tensor> of_models = support.standardised(weighed, trained);
  std::vector<at::Tensor> standardised;
  for (size_t m = 0; m < scores.size(); ++m) {
    if (of_models[m].defined()) {
      standardised.push_back(of_models[m]);
      total.addcmul_(of_models[m], weights.select(1, static_cast<int64_t>(m)).unsqueeze(1));
    }
  }
  if (!blender.hidden.defined()) {
    return total;
  }
  const int64_t known = trained > 0 ? std::min(trained, total.size(1)) : total.size(1);
  const at::Tensor user_features = user_features_of(users);
  for (int64_t b = 0; b < total.size(0); ++b) {
    const at::Tensor candidates = network_scores_all
                                      ? at::arange(total.size(1))
                                      : candidates_of(standardised, b, users[static_cast<size_t>(b)], known);
    std::vector<at::Tensor> columns, raw;
    for (size_t m = 0; m < standardised.size(); ++m) {
      columns.push_back(standardised[m][b].index_select(0, candidates));
      raw.push_back(scores[m][b]);
    }
    const at::Tensor of_candidates = blender.score({.features = at::stack(columns, 1),
                                                    .logs = views.of(raw, candidates, known),
                                                    .best = views.best(raw, known),
                                                    .user_features = user_features[b]},
                                                   weights[b]);
    put_below(total[b], candidates, of_candidates, known);
  }
  return total;
}

nlohmann::json Ranker::to_json() const {
  const float* const weights = blender.weights.const_data_ptr<float>();
  return {{"models", models},
          {"fit", blender.name},
          {"weights", std::vector<float>(weights, weights + blender.weights.numel())},
          {"units", views.units()},
          {"network_scores_all", network_scores_all},
          {"support", support.to_json()},
          {"cross_fit", cross_fit}};
}

TensorMap Ranker::state() const {
  TensorMap state = {{"weights", blender.weights}};
  const std::pair<const char*, at::Tensor> optional[] = {{"user_feature_weights", blender.user_feature_weights},
                                                         {"user_feature_scale", blender.user_feature_scale},
                                                         {"log_scale", blender.log_scale},
                                                         {"best_scale", blender.best_scale},
                                                         {"direct", blender.direct},
                                                         {"hidden", blender.hidden},
                                                         {"hidden_bias", blender.hidden_bias},
                                                         {"output", blender.output}};
  for (const auto& [name, tensor] : optional) {
    if (tensor.defined()) {
      state[name] = tensor;
    }
  }
  state.merge(support.state());
  return state;
}

Result<Ranker> Ranker::restore(const nlohmann::json& json, const TensorMap& state, const std::string& where) {
  Ranker ranker;
  std::string name;
  try {
    ranker.models = json.at("models");
    name = json.at("fit");
    ranker.cross_fit = json.at("cross_fit");
    ranker.network_scores_all = json.at("network_scores_all");
    ranker.views = LogViews(json.at("units").get<std::vector<float>>());
  } catch (const nlohmann::json::exception&) {
    return fail(
        {ErrorCode::kBadData, "the description of the ranker is damaged", where, "train again with haina train"});
  }
  HAINA_TRY(ranker.blender, restore_blender(state, std::ssize(ranker.models), where));
  ranker.blender.name = name == "even" ? kSourceBalanced : name;  // the name in older models
  HAINA_TRY(ranker.support,
            ItemSupport::restore(json.value("support", nlohmann::json()), state, std::ssize(ranker.models), where));
  if (std::ssize(ranker.views.units()) != std::ssize(ranker.models)) {
    return fail(
        {ErrorCode::kBadData, "the description of the ranker is damaged", where, "train again with haina train"});
  }
  return ranker;
}

}  // namespace haina
