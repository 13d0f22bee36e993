#include "fusion/training_steps.h"

#include <algorithm>
#include <cstddef>

#include "fusion/masked_batches.h"
#include "fusion/pair_sampler.h"
#include "fusion/sequence_sampler.h"

namespace haina {
namespace {

// Up to so many items, the softmax is over all of them (256 x 60 k x 4 B = 61 MB of logits, and a step holds a few such
// tensors); beyond, over a sample.
constexpr int64_t kFullSoftmax = 60'000;
constexpr int64_t kSampledItems = 16'384;
constexpr int64_t kFewItems = 5000;  // up to so many, the sequence form needs no negatives

class SetSteps final : public TrainingSteps {
 public:
  SetSteps(const FusionData& data, const Params& params, const Trend* trend)
      : sampler_(*data.train, trend, params.number("history_dropout"), candidates_of(data, params)),
        size_(std::min<int64_t>(params.integer("batch"), std::max<int64_t>(16, std::ssize(sampler_.users()) / 16))) {}
  std::vector<int32_t> users() const override { return sampler_.users(); }
  std::vector<std::vector<int32_t>> plan(std::span<const int32_t> order, RandomStream&) const override {
    std::vector<std::vector<int32_t>> steps;
    for (size_t begin = 0; begin < order.size(); begin += static_cast<size_t>(size_)) {
      const auto part = order.subspan(begin, std::min(order.size() - begin, static_cast<size_t>(size_)));
      steps.emplace_back(part.begin(), part.end());
    }
    return steps;
  }
  at::Tensor loss(std::span<const int32_t> step, StepContext& context) const override {
    return set_loss(moved(sampler_.draw(step, context.random), context.module.device), context);
  }
  double learning_rate(double peak, int64_t step, int64_t total) const override {
    return cosine_rate(peak, step, total, std::min<int64_t>(50, total / 20 + 1));
  }
  AdamOptions adam() const override { return {}; }

 private:
  static int64_t candidates_of(const FusionData& data, const Params& params) {
    const int64_t set_by_user = params.integer("candidates");
    return set_by_user > 0 || data.train->num_items <= kFullSoftmax ? set_by_user : kSampledItems;
  }
  MaskedBatchSampler sampler_;
  int64_t size_;  // users per step
};

class SequenceSteps final : public TrainingSteps {
 public:
  SequenceSteps(const FusionData& data, const Params& params, const Trend* trend)
      : sampler_(*data.train, trend,
                 {.longest = params.integer("length"),
                  .tokens = params.integer("tokens"),
                  .negatives = data.train->num_items <= kFewItems ? 0 : params.integer("negatives")}) {}
  // The sampler orders histories itself; one entry stands for all of them.
  std::vector<int32_t> users() const override { return std::vector<int32_t>(sampler_.num_targets() > 0 ? 1 : 0, 0); }
  std::vector<std::vector<int32_t>> plan(std::span<const int32_t>, RandomStream& random) const override {
    return sampler_.plan(random);
  }
  at::Tensor loss(std::span<const int32_t> step, StepContext& context) const override {
    return sequence_loss(moved(sampler_.draw(step, context.random), context.module.device), context);
  }
  double learning_rate(double peak, int64_t step, int64_t total) const override {
    return cosine_rate(peak, step, total, std::min<int64_t>(100, total / 20 + 1));
  }
  AdamOptions adam() const override { return {.clip_norm = 1}; }

 private:
  SequenceSampler sampler_;
};

// Adam as the article has it: the same rate in all steps, the moments of Kingma and Ba (2015).
class ArticleSteps final : public TrainingSteps {
 public:
  ArticleSteps(const FusionData& data, const Params& params)
      : sampler_(*data.train, data.other_events,
                 {.negatives = params.integer("negatives"), .history = params.number("history") > 0}),
        size_(params.integer("batch")) {}
  // The sampler orders pairs itself; one entry stands for all of them.
  std::vector<int32_t> users() const override { return std::vector<int32_t>(sampler_.num_pairs() > 0 ? 1 : 0, 0); }
  std::vector<std::vector<int32_t>> plan(std::span<const int32_t>, RandomStream& random) const override {
    return sampler_.plan(size_, random);
  }
  at::Tensor loss(std::span<const int32_t> step, StepContext& context) const override {
    return pair_loss(moved(sampler_.draw(step, context.random), context.module.device), context);
  }
  double learning_rate(double peak, int64_t, int64_t) const override { return peak; }
  AdamOptions adam() const override { return {.beta2 = 0.999, .clip_norm = 0}; }
  Error nothing_to_learn() const override {
    return {ErrorCode::kBadData, "no user has an event of the goal in the training part", "",
            "provide more events, or set network = \"none\" in [train]"};
  }

 private:
  PairSampler sampler_;
  int64_t size_;  // pairs per step
};

}  // namespace

Error TrainingSteps::nothing_to_learn() const {
  return {ErrorCode::kBadData, "no user has two different items in the training part", "",
          "provide more events, or set network = \"none\" in [train]"};
}

std::unique_ptr<TrainingSteps> make_steps(NetworkForm form, const FusionData& data, const Params& params,
                                          const Trend* trend) {
  if (form == NetworkForm::kSequence) {
    return std::make_unique<SequenceSteps>(data, params, trend);
  }
  if (form == NetworkForm::kArticle) {
    return std::make_unique<ArticleSteps>(data, params);
  }
  return std::make_unique<SetSteps>(data, params, trend);
}

}  // namespace haina
