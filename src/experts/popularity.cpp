// Popularity: most interactions first. Cost: one pass over the events. The floor that every other expert must beat, and
// the order for an empty history.
#include "experts/expert.h"

namespace haina {
namespace {

class Popularity final : public Expert {
 public:
  explicit Popularity(double half_life_days) : half_life_days_(half_life_days) {}

  Status fit(const Interactions& train, const FitContext&) override {
    counts_ = train.item_counts(half_life_days_);
    return ok();
  }

  at::Tensor score(std::span<const UserState> users) const override {
    return counts_.expand({std::ssize(users), counts_.size(0)}).contiguous();
  }

  TensorMap state() const override { return {{"counts", counts_}}; }

  Status restore(const TensorMap& state, const std::string& where) override {
    HAINA_TRY(counts_, take_tensor(state, "counts", at::kFloat, 1, where));
    return ok();
  }

 private:
  double half_life_days_;
  at::Tensor counts_;  // float32 [items]
};

}  // namespace

ExpertEntry popularity_entry() {
  return {.name = "popularity",
          .summary = "Most interactions first: the floor that every other expert must beat.",
          .params = {{.name = "half_life_days",
                      .value = 0,
                      .min = 0,
                      .max = 1e5,
                      .doc = "age at which an event counts half; 0: never"}},
          .uses_fields = false,
          .make = [](const Params& p) { return std::make_unique<Popularity>(p.number("half_life_days")); }};
}

}  // namespace haina
