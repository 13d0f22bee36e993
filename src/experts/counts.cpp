#include "experts/counts.h"

#include <span>
#include <string>

namespace haina {

Status Counts::fit(const Interactions& train, const FitContext&) {
  if (scale_ == Scale::kLogarithm && !train.has_times()) {
    return fail({ErrorCode::kBadData, "trending needs the times of events, and there are none", "",
                 "name the time column, or remove trending from the configuration"});
  }
  const at::Tensor counts = train.item_counts(half_life_days_);
  counts_ = scale_ == Scale::kLogarithm ? counts.log1p() : counts;
  return ok();
}

at::Tensor Counts::score(std::span<const UserState> users) const {
  return counts_.expand({std::ssize(users), counts_.size(0)}).contiguous();
}

Status Counts::restore(const TensorMap& state, const std::string& where) {
  HAINA_TRY(counts_, take_tensor(state, "counts", at::kFloat, 1, where));
  return ok();
}

}  // namespace haina
