#include "fusion/validation.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/topk.h"

namespace haina {

double validation_ndcg(const std::function<at::Tensor(std::span<const UserState>)>& score, const HeldOut& held) {
  constexpr int64_t kCut = 10;
  double total = 0;
  for (size_t begin = 0; begin < held.users.size(); begin += 256) {
    const size_t count = std::min<size_t>(256, held.users.size() - begin);
    const std::span<const UserState> batch(held.users.data() + begin, count);
    at::Tensor scores = score(batch).contiguous();
    for (size_t b = 0; b < count; ++b) {
      for (const UserEvent& event : batch[b].history) {
        scores.data_ptr<float>()[static_cast<int64_t>(b) * scores.size(1) + row_of(event.item)] =
            -std::numeric_limits<float>::infinity();
      }
    }
    const RankedLists lists = top_k(scores, kCut);
    for (size_t b = 0; b < count; ++b) {
      const auto truth = held.truth.row(static_cast<int64_t>(begin + b));
      double gain = 0;
      double ideal = 0;
      for (int64_t r = 0; r < kCut; ++r) {
        const int32_t item = lists.items.const_data_ptr<int32_t>()[static_cast<int64_t>(b) * kCut + r];
        const double discount = 1 / std::log2(static_cast<double>(r) + 2);
        gain += std::ranges::binary_search(truth, item) ? discount : 0;
        ideal += r < std::ssize(truth) ? discount : 0;
      }
      total += gain / ideal;
    }
  }
  return total / static_cast<double>(std::max<size_t>(1, held.users.size()));
}

}  // namespace haina
