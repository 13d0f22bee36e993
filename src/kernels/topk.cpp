#include "kernels/topk.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "base/error.h"
#include "kernels/scored_item.h"

namespace haina {
namespace {

constexpr int64_t kBlock = 64;

// Whether one of kBlock scores is above the floor; NaN never is. Four lanes are the baseline's register width; wider
// ones gain nothing, since memory is the limit.
inline bool any_above(const float* scores, float floor) {
  typedef float F32x4 __attribute__((vector_size(16)));
  typedef int32_t Mask __attribute__((vector_size(16)));
  Mask above = {};
  for (int64_t i = 0; i < kBlock; i += 4) {
    F32x4 lanes;
    std::memcpy(&lanes, scores + i, sizeof lanes);
    above |= lanes > floor;
  }
  return (above[0] | above[1] | above[2] | above[3]) != 0;
}

}  // namespace

RankedLists top_k(const at::Tensor& scores, int64_t k) {
  HAINA_ASSERT(scores.dim() == 2 && scores.scalar_type() == at::kFloat && scores.is_contiguous() && k >= 0);
  constexpr float kNone = -std::numeric_limits<float>::infinity();
  const int64_t num_items = scores.size(1);
  RankedLists lists = {at::full({scores.size(0), k}, -1, at::kInt), at::full({scores.size(0), k}, kNone, at::kFloat)};
  const float* const in = scores.const_data_ptr<float>();
  int32_t* const out_items = lists.items.data_ptr<int32_t>();
  float* const out_scores = lists.scores.data_ptr<float>();
  const size_t length = static_cast<size_t>(std::min(k, num_items));
  if (length == 0) {
    return lists;
  }
  at::parallel_for(0, scores.size(0), 1, [&](int64_t begin, int64_t end) {
    std::vector<Scored> kept;
    kept.reserve(4 * length + 64);
    for (int64_t row = begin; row < end; ++row) {
      kept.clear();
      Scored floor = {
          kNone, -1};  // a lower bound of the result; items come in ascending order, so an equal score later is worse
      const float* const scores_of_row = in + row * num_items;
      for (int64_t block = 0; block < num_items; block += kBlock) {
        // After the first items nearly all scores are below the floor: whole blocks are skipped.
        const int64_t end_of_block = std::min(block + kBlock, num_items);
        if (end_of_block - block == kBlock && !any_above(scores_of_row + block, floor.score)) {
          continue;
        }
        for (int64_t i = block; i < end_of_block; ++i) {
          const float score = scores_of_row[i];
          if (!(score > floor.score)) {  // also drops NaN and -inf
            continue;
          }
          kept.push_back({score, static_cast<int32_t>(i)});
          if (kept.size() == 4 * length + 64) {
            std::nth_element(kept.begin(), kept.begin() + static_cast<int64_t>(length) - 1, kept.end(), better);
            kept.resize(length);
            floor = kept.back();
          }
        }
      }
      const auto middle = kept.begin() + static_cast<int64_t>(std::min(length, kept.size()));
      std::partial_sort(kept.begin(), middle, kept.end(), better);
      for (auto it = kept.begin(); it != middle; ++it) {
        out_items[row * k + (it - kept.begin())] = it->item;
        out_scores[row * k + (it - kept.begin())] = it->score;
      }
    }
  });
  return lists;
}

}  // namespace haina
