#include "data/mask_history.h"

#include <limits>

#include "base/error.h"
#include "data/ids.h"

namespace haina {

void mask_history(at::Tensor& scores, std::span<const UserState> users) {
  HAINA_ASSERT(scores.dim() == 2 && scores.scalar_type() == at::kFloat && scores.is_contiguous() &&
               scores.size(0) == std::ssize(users));
  const int64_t num_items = scores.size(1);
  float* row = scores.data_ptr<float>();
  for (const UserState& user : users) {
    for (const UserEvent& event : user.history) {
      if (const int32_t item = row_of(event.item); item >= 0 && item < num_items) {
        row[item] = -std::numeric_limits<float>::infinity();
      }
    }
    row += num_items;
  }
}

RankedLists top_k_unseen(const at::Tensor& scores, std::span<const UserState> users, int64_t k) {
  at::Tensor masked = scores.clone(at::MemoryFormat::Contiguous);
  mask_history(masked, users);
  return top_k(masked, k);
}

}  // namespace haina
