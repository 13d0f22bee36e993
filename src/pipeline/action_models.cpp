#include "pipeline/action_models.h"

#include <algorithm>
#include <span>
#include <utility>

#include "metrics/metrics.h"
#include "metrics/validation_metric.h"

namespace haina {
namespace {

constexpr size_t kBatch = 256;
constexpr int64_t kTrainingUsers = 8192;  // held-out users that heads learn from at most
constexpr int64_t kOtherPairs = 400'000;  // candidates without any action, at most; weighted to stand for all of them
constexpr int64_t kTestUsers = 2048;

struct HeldOutActions {
  HeldOut held;
  DoneActions done;
};

// At most `most` users who did anything in that stage, and what they did. Actions with fewer than kFewestDone pairs are
// left out.
HeldOutActions held_out_actions_of(const Dataset& dataset, const Split& split, Stage stage, int64_t most,
                                   uint64_t seed) {
  HeldOutActions actions = {sample_users(held_out(dataset, split, stage, Only::kAll), most, seed), {}};
  std::vector<Csr> did = held_out_actions(dataset, split, stage, actions.held);
  for (size_t a = 0; a < did.size(); ++a) {
    if (did[a].nnz() >= kFewestDone) {
      actions.done.actions.emplace_back(dataset.actions.name(static_cast<int32_t>(a)));
      actions.done.did.push_back(std::move(did[a]));
    }
  }
  return actions;
}

std::vector<float> matrix_column(const at::Tensor& matrix, int64_t column) {
  const at::Tensor values = matrix.select(1, column).contiguous();
  const float* const data = values.const_data_ptr<float>();
  return {data, data + values.numel()};
}

// labels: 1 where the action was done. probabilities: float32 [pairs], of the action's head.
HeadQuality quality_of(const std::string& action, const std::vector<float>& labels, const at::Tensor& probabilities) {
  const auto done = static_cast<int64_t>(std::ranges::count(labels, 1.0F));
  const auto share = static_cast<float>(static_cast<double>(done) / static_cast<double>(labels.size()));
  const PointMetrics metrics = point_metrics(labels, matrix_column(probabilities.unsqueeze(1), 0));
  return {.action = action,
          .done = done,
          .expected = probabilities.sum(at::kDouble).item<double>(),
          .auc = metrics.auc,
          .log_loss = metrics.log_loss,
          .base = point_metrics(labels, std::vector<float>(labels.size(), share)).log_loss};
}

// In units of the scores of users who are spread over all.
LogViews views_of(const Model& model, const HeldOut& held) {
  std::vector<UserState> spread;  // every so many of the users
  for (size_t u = 0; u < held.users.size(); u += std::max<size_t>(1, held.users.size() / kBatch)) {
    spread.push_back(held.users[u]);
  }
  std::vector<bool> logits;
  for (const std::string& name : model.names()) {
    logits.push_back(name == kNetworkName);
  }
  return fit_views(model.score_each(spread), logits);
}

}  // namespace

RankerSamples collect_samples(const Model& model, const HeldOut& held, const at::Tensor& gains, const LogViews* views) {
  RankerSamples samples(std::ssize(model.names()), views != nullptr ? *views : views_of(model, held), gains);
  for (size_t begin = 0; begin < held.users.size(); begin += kBatch) {
    const std::span<const UserState> batch(held.users.data() + begin, std::min(kBatch, held.users.size() - begin));
    samples.add(model.score_each(batch), held, static_cast<int64_t>(begin));
  }
  return samples;
}

ActionHeads fit_action_heads(const Model& choosing, const Ranker& ranker, const Dataset& dataset, const Split& split,
                             uint64_t seed) {
  const HeldOutActions actions = held_out_actions_of(dataset, split, Stage::kValidation, kTrainingUsers, seed);
  if (actions.done.actions.size() < 2) {
    return {};
  }
  const ActionPairs pairs = action_pairs(collect_samples(choosing, actions.held), actions.done,
                                         kOtherPairs / std::ssize(actions.held.users), seed);
  return fit_heads(pairs, actions.done.actions, ranker.reads());
}

std::vector<HeadQuality> evaluate_action_heads(const Model& model, const Dataset& dataset, const Split& split,
                                               uint64_t seed) {
  std::vector<HeadQuality> qualities;
  if (model.heads.actions.empty()) {
    return qualities;
  }
  const HeldOutActions actions = held_out_actions_of(dataset, split, Stage::kTest, kTestUsers, seed);
  if (actions.done.actions.empty()) {
    return qualities;
  }
  const int64_t all_pairs = dataset.items.size();  // none is sampled, so each has weight 1
  const ActionPairs pairs = action_pairs(collect_samples(model, actions.held), actions.done, all_pairs, seed);
  const at::Tensor probabilities = model.heads.probabilities(pairs.features, pairs.user_features);
  for (size_t a = 0; a < actions.done.actions.size(); ++a) {
    const std::string& action = actions.done.actions[a];
    const auto head = std::ranges::find(model.heads.actions, action);
    if (head != model.heads.actions.end()) {
      qualities.push_back(quality_of(action, matrix_column(pairs.labels, static_cast<int64_t>(a)),
                                     probabilities.select(1, head - model.heads.actions.begin())));
    }
  }
  return qualities;
}

}  // namespace haina
