#include "fusion/training_steps.h"

#include <algorithm>
#include <cstddef>

#include "fusion/masked_batches.h"
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
  int64_t warm_up(int64_t total) const override { return std::min<int64_t>(50, total / 20 + 1); }

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
  int64_t warm_up(int64_t total) const override { return std::min<int64_t>(100, total / 20 + 1); }

 private:
  SequenceSampler sampler_;
};

}  // namespace

std::unique_ptr<TrainingSteps> make_steps(NetworkForm form, const FusionData& data, const Params& params,
                                          const Trend* trend) {
  if (form == NetworkForm::kSequence) {
    return std::make_unique<SequenceSteps>(data, params, trend);
  }
  return std::make_unique<SetSteps>(data, params, trend);
}

}  // namespace haina
