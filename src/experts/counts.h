// Experts that score items by the number of their events and ignore the user: popularity and trending.
#pragma once

#include <span>
#include <string>

#include "experts/expert.h"

namespace haina {

class Counts final : public Expert {
 public:
  // Decayed counts span many orders of magnitude; their logarithms blend better with other scores.
  enum class Scale { kPlain, kLogarithm };
  // half_life_days: age at which an event counts half; 0: no decay. kLogarithm requires times of events.
  Counts(double half_life_days, Scale scale) : half_life_days_(half_life_days), scale_(scale) {}

  Status fit(const Interactions& train, const FitContext& context) override;
  at::Tensor score(std::span<const UserState> users) const override;
  TensorMap state() const override { return {{"counts", counts_}}; }
  Status restore(const TensorMap& state, const std::string& where) override;

 private:
  double half_life_days_;
  Scale scale_;
  at::Tensor counts_;  // float32 [items]
};

}  // namespace haina
