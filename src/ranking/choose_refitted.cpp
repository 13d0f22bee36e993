#include "ranking/choose_refitted.h"

#include <ATen/ATen.h>

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.h"
#include "metrics/intervals.h"

namespace haina {
namespace {

at::Tensor ndcg_of(const Ranker& ranker, const RankerSamples& samples) {
  std::vector<int64_t> all(samples.users().size());
  std::iota(all.begin(), all.end(), 0);
  return at::tensor(sample_ndcg(ranker.blender, samples.with(ranker.support), all), at::kDouble);
}

}  // namespace

RefittedChoice choose_refitted(std::span<const Ranker> rankers, const RankerSamples& samples) {
  HAINA_ASSERT(!rankers.empty() && !samples.users().empty());
  const Ranker& single = rankers.back();
  const at::Tensor of_single = ndcg_of(single, samples);
  RefittedChoice choice;
  choice.said = {{"users", samples.users().size()},
                 {"metric", "ndcg@" + std::to_string(kRankerCutoff)},
                 {"best_model", single.heaviest()},
                 {"forms", nlohmann::json::array()}};
  for (size_t r = 0; r < rankers.size(); ++r) {
    const at::Tensor values = ndcg_of(rankers[r], samples);
    const Interval delta = paired_difference(values, of_single).delta;
    const bool holds = r + 1 == rankers.size() || delta.high >= 0;
    choice.said["forms"].push_back({{"form", rankers[r].blender.name},
                                    {"value", values.mean().item<double>()},
                                    {"best_model", of_single.mean().item<double>()},
                                    {"delta", delta.value},
                                    {"low", delta.low},
                                    {"high", delta.high},
                                    {"taken", holds}});
    if (holds) {
      choice.taken = r;
      break;
    }
  }
  return choice;
}

}  // namespace haina
