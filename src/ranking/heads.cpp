#include "ranking/heads.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

#include "base/draw_to_front.h"
#include "base/seed.h"
#include "kernels/csr.h"
#include "ranking/blender.h"
#include "ranking/logistic_regression.h"
#include "ranking/standardise.h"
#include "ranking/user_features.h"

namespace haina {
namespace {

constexpr std::array kRidges = {1.0, 10.0, 100.0, 1000.0};  // per weight of a standardised feature; counts in pairs
constexpr int64_t kHeadFolds = 4;

// Features, user features and a one: [n, models + kUserFeatures + 1].
at::Tensor design_matrix(const at::Tensor& features, const at::Tensor& user_features) {
  return at::cat({features, user_features, at::ones({features.size(0), 1}, features.options())}, 1);
}

// The last column is the offset: it starts at the log-odds of the mean label, and no ridge penalty applies to it.
at::Tensor fit_head(const LabelledRows& pairs, double ridge, const at::Tensor& free) {
  const int64_t columns = pairs.x.size(1);
  LogisticOptions options = {
      .ridge = at::full({columns}, ridge, at::kDouble), .free = free, .start = at::zeros({columns}, at::kDouble)};
  options.ridge[-1] = 0;
  const double share = ((pairs.labels * pairs.counts).sum() / pairs.counts.sum()).item<double>();
  options.start[-1] = std::log(std::max(share, 1e-9) / std::max(1 - share, 1e-9));
  return fit_logistic(pairs, options);
}

// With the ridge that has the least cross-entropy on users it was not fitted on.
at::Tensor fit_head_across(const LabelledRows& pairs, const at::Tensor& users, const at::Tensor& free) {
  const at::Tensor fold = users.remainder(kHeadFolds);
  double best = std::numeric_limits<double>::infinity();
  double chosen = kRidges.back();
  for (const double ridge : kRidges) {
    double total = 0;
    for (int64_t f = 0; f < kHeadFolds; ++f) {
      const LabelledRows inside = pairs.select(fold.ne(f).nonzero().squeeze(1));
      total += cross_entropy(pairs.select(fold.eq(f).nonzero().squeeze(1)), fit_head(inside, ridge, free));
    }
    if (total < best) {
      best = total;
      chosen = ridge;
    }
  }
  return fit_head(pairs, chosen, free);
}

// Builds ActionPairs candidate by candidate.
class PairCollector {
 public:
  PairCollector(const RankerSamples& samples, const DoneActions& done)
      : samples_(samples), done_(done), actions_(std::ssize(done.actions)) {}

  bool did_any(size_t user, int32_t item) const {
    for (int64_t a = 0; a < actions_; ++a) {
      if (did(a, user, item)) {
        return true;
      }
    }
    return false;
  }
  void add(size_t user, int64_t candidate, float weight) {
    const RankerSamples::User& of = samples_.users()[user];
    const int64_t models = samples_.num_models();
    const auto from = of.features.begin() + candidate * models;
    features_.insert(features_.end(), from, from + models);
    user_features_.insert(user_features_.end(), of.user_features.begin(), of.user_features.end());
    users_.push_back(static_cast<int64_t>(user));
    weights_.push_back(weight);
    for (int64_t a = 0; a < actions_; ++a) {
      labels_.push_back(did(a, user, of.items[static_cast<size_t>(candidate)]) ? 1.0F : 0.0F);
    }
  }
  ActionPairs pairs() const {
    const int64_t n = std::ssize(weights_);
    return {.users = at::tensor(users_, at::kLong),
            .features = at::tensor(features_).view({n, samples_.num_models()}),
            .user_features = at::tensor(user_features_).view({n, kUserFeatures}),
            .weights = at::tensor(weights_),
            .labels = at::tensor(labels_).view({n, actions_})};
  }

 private:
  bool did(int64_t action, size_t user, int32_t item) const {
    return std::ranges::binary_search(done_.did[static_cast<size_t>(action)].row(static_cast<int64_t>(user)), item);
  }

  const RankerSamples& samples_;
  const DoneActions& done_;
  int64_t actions_;
  std::vector<int64_t> users_;
  std::vector<float> features_, user_features_, weights_, labels_;
};

}  // namespace

at::Tensor ActionHeads::probabilities(const at::Tensor& features, const at::Tensor& user_features) const {
  const at::Tensor of_user = scaled(user_features, user_feature_scale).expand({features.size(0), kUserFeatures});
  return at::sigmoid(at::mm(design_matrix(features, of_user), weights.t()));
}

at::Tensor ActionHeads::of_items(std::span<const at::Tensor> scores, const UserState& user,
                                 std::span<const int32_t> items, int64_t trained) const {
  const at::Tensor rows = at::tensor(std::vector<int64_t>(items.begin(), items.end()), at::kLong);
  at::Tensor features = at::zeros({std::ssize(items), std::ssize(scores)});
  for (size_t m = 0; m < scores.size(); ++m) {
    const auto column = static_cast<int64_t>(m);
    if (scores[m].defined() && weights.select(1, column).ne(0).any().item<bool>()) {
      features.select(1, column).copy_(standardise(scores[m], trained)[0].index_select(0, rows));
    }
  }
  return probabilities(features, user_features_of({&user, 1})[0]);
}

at::Tensor ActionHeads::of_all(std::span<const at::Tensor> scores, const UserState& user, int64_t trained) const {
  const auto any = std::ranges::find_if(scores, [](const at::Tensor& of_model) { return of_model.defined(); });
  HAINA_ASSERT(any != scores.end());
  std::vector<int32_t> items(static_cast<size_t>(any->size(1)));
  std::iota(items.begin(), items.end(), 0);
  return of_items(scores, user, items, trained);
}

TensorMap ActionHeads::state() const {
  return actions.empty() ? TensorMap()
                         : TensorMap{{"head_weights", weights}, {"head_user_feature_scale", user_feature_scale}};
}

Result<ActionHeads> ActionHeads::restore(const nlohmann::json& json, const TensorMap& state, int64_t num_models,
                                         const std::string& where) {
  ActionHeads heads;
  const auto damaged = [&] {
    return fail(
        {ErrorCode::kBadData, "the action heads of the ranker are damaged", where, "train again with haina train"});
  };
  try {
    heads.actions = json.value("actions", heads.actions);
  } catch (const nlohmann::json::exception&) {
    return damaged();
  }
  if (heads.actions.empty()) {
    return heads;
  }
  HAINA_TRY(heads.weights, take_tensor(state, "head_weights", at::kFloat, 2, where));
  HAINA_TRY(heads.user_feature_scale, take_tensor(state, "head_user_feature_scale", at::kFloat, 2, where));
  if (heads.weights.size(0) != std::ssize(heads.actions) || heads.weights.size(1) != num_models + kUserFeatures + 1 ||
      heads.user_feature_scale.size(0) != 2 || heads.user_feature_scale.size(1) != kUserFeatures) {
    return damaged();
  }
  return heads;
}

ActionPairs action_pairs(const RankerSamples& samples, const DoneActions& done, int64_t others, uint64_t seed) {
  PairCollector collector(samples, done);
  RandomStream random(seed, "ranking/heads");
  for (size_t u = 0; u < samples.users().size(); ++u) {
    const RankerSamples::User& user = samples.users()[u];
    std::vector<int64_t> without_action;
    for (int64_t c = 0; c < std::ssize(user.items); ++c) {
      if (collector.did_any(u, user.items[static_cast<size_t>(c)])) {
        collector.add(u, c, 1);
      } else {
        without_action.push_back(c);
      }
    }
    const int64_t size = std::ssize(without_action), drawn = draw_to_front(without_action, others, random);
    for (int64_t i = 0; i < drawn; ++i) {
      collector.add(u, without_action[static_cast<size_t>(i)], static_cast<float>(size) / static_cast<float>(drawn));
    }
  }
  return collector.pairs();
}

ActionHeads fit_heads(const ActionPairs& pairs, const std::vector<std::string>& actions,
                      const std::vector<bool>& reads) {
  const at::NoGradGuard no_grad;
  ActionHeads heads;
  if (pairs.weights.size(0) < 2) {
    return heads;
  }
  heads.user_feature_scale = at::stack({pairs.user_features.mean(0), pairs.user_features.std(0).clamp_min(1e-3)});
  const at::Tensor x =
      design_matrix(pairs.features, scaled(pairs.user_features, heads.user_feature_scale)).to(at::kDouble);
  const at::Tensor counts = pairs.weights.to(at::kDouble);
  at::Tensor free = at::ones({x.size(1)}, at::kDouble);
  for (size_t m = 0; m < reads.size(); ++m) {
    free[static_cast<int64_t>(m)] = reads[m] ? 1 : 0;
  }
  std::vector<at::Tensor> rows;
  for (size_t a = 0; a < actions.size(); ++a) {
    const at::Tensor labels = pairs.labels.select(1, static_cast<int64_t>(a)).to(at::kDouble);
    const auto done = static_cast<int64_t>(labels.sum().item<double>());
    if (done >= kFewestDone && done < labels.size(0)) {
      heads.actions.push_back(actions[a]);
      rows.push_back(fit_head_across({x, labels, counts}, pairs.users, free));
    }
  }
  if (!rows.empty()) {
    heads.weights = at::stack(rows).to(at::kFloat).contiguous();
  }
  return heads;
}

}  // namespace haina
