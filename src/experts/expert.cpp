#include "experts/expert.h"

#include <limits>

namespace haina {

RankedLists Expert::best(std::span<const UserState> users, int64_t k) const {
  at::Tensor scores = score(users).clone(at::MemoryFormat::Contiguous);  // the expert's own memory is not ours to mask
  float* row = scores.data_ptr<float>();
  for (const UserState& user : users) {
    for (const UserEvent& event : user.history) {
      if (const int32_t item = row_of(event.item); item < scores.size(1)) {
        row[item] = -std::numeric_limits<float>::infinity();
      }
    }
    row += scores.size(1);
  }
  return top_k(scores, k);
}

}  // namespace haina
