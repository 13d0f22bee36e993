#include "pipeline/action_models.h"

#include <algorithm>
#include <optional>

#include "metrics/metrics.h"
#include "metrics/validation_metric.h"

namespace haina {
namespace {

constexpr size_t kBatch = 256;
constexpr int64_t kUsers = 8192;     // held-out users that heads learn from at most
constexpr int64_t kPairs = 400'000;  // of candidates that nothing was done with, at most; they stand for all of them
constexpr int64_t kJudgedUsers = 2048;

struct Questions {
  HeldOut held;
  DoneActions done;
};

// Users who did anything in that stage, and what: actions of too few pairs left out.
Questions questions_of(const Dataset& dataset, const Split& split, Stage stage, int64_t most, uint64_t seed) {
  Questions questions = {sample_users(held_out(dataset, split, stage, Only::kAll), most, seed), {}};
  std::vector<Csr> did = held_out_actions(dataset, split, stage, questions.held);
  for (size_t a = 0; a < did.size(); ++a) {
    if (did[a].nnz() >= kFewestDone) {
      questions.done.actions.emplace_back(dataset.actions.name(static_cast<int32_t>(a)));
      questions.done.did.push_back(std::move(did[a]));
    }
  }
  return questions;
}

}  // namespace

RankerSamples collect_samples(const Model& model, const HeldOut& held, const at::Tensor& gains) {
  std::optional<RankerSamples> samples;
  for (size_t begin = 0; begin < held.users.size(); begin += kBatch) {
    const std::span<const UserState> batch(held.users.data() + begin, std::min(kBatch, held.users.size() - begin));
    const std::vector<at::Tensor> scores = model.score_each(batch);
    if (!samples) {
      std::vector<bool> logits;
      for (const std::string& name : model.names()) {
        logits.push_back(name == "network");
      }
      samples.emplace(std::ssize(scores), fit_views(scores, logits), gains);
    }
    samples->add(scores, held, static_cast<int64_t>(begin));
  }
  return std::move(*samples);
}

ActionHeads learn_heads(const Model& choosing, const Ranker& ranker, const Dataset& dataset, const Split& split,
                        uint64_t seed) {
  const Questions questions = questions_of(dataset, split, Stage::kValidation, kUsers, seed);
  if (questions.done.actions.size() < 2) {
    return {};
  }
  const ActionPairs pairs = action_pairs(collect_samples(choosing, questions.held), questions.done,
                                         kPairs / std::ssize(questions.held.users), seed);
  return fit_heads(pairs, questions.done.actions, ranker.reads());
}

std::vector<HeadQuality> judge_heads(const Model& model, const Dataset& dataset, const Split& split, uint64_t seed) {
  std::vector<HeadQuality> judged;
  if (model.heads.actions.empty()) {
    return judged;
  }
  const Questions questions = questions_of(dataset, split, Stage::kTest, kJudgedUsers, seed);
  if (questions.done.actions.empty()) {
    return judged;
  }
  const ActionPairs pairs = action_pairs(collect_samples(model, questions.held), questions.done, dataset.items.size(),
                                         seed);  // all of them: each stands for itself
  const at::Tensor probabilities = model.heads.probabilities(pairs.features, pairs.gates);
  for (size_t a = 0; a < questions.done.actions.size(); ++a) {
    const auto head = std::ranges::find(model.heads.actions, questions.done.actions[a]);
    if (head == model.heads.actions.end()) {
      continue;
    }
    const auto column = [](const at::Tensor& of, int64_t c) {
      const at::Tensor values = of.select(1, c).contiguous();
      const float* const data = values.const_data_ptr<float>();
      return std::vector<float>(data, data + values.numel());
    };
    const std::vector<float> labels = column(pairs.labels, static_cast<int64_t>(a));
    const auto count = static_cast<int64_t>(std::ranges::count(labels, 1.0F));
    const int64_t place = head - model.heads.actions.begin();
    const PointMetrics metrics = point_metrics(labels, column(probabilities, place));
    const std::vector<float> share(labels.size(),
                                   static_cast<float>(static_cast<double>(count) / static_cast<double>(labels.size())));
    judged.push_back({.action = questions.done.actions[a],
                      .done = count,
                      .foretold = probabilities.select(1, place).sum(at::kDouble).item<double>(),
                      .auc = metrics.auc,
                      .log_loss = metrics.log_loss,
                      .base = point_metrics(labels, share).log_loss});
  }
  return judged;
}

}  // namespace haina
