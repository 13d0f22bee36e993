// Experts that know items by how often they were taken, and nothing of the user: popularity and what is in trend.
#pragma once

#include "experts/expert.h"

namespace haina {

class Counts final : public Expert {
 public:
  // Logarithms of counts blend better with other scores where counts decay: they span many magnitudes.
  enum class Scale { kPlain, kLogarithm };
  // half_life_days: age at which an event counts half; 0: never.
  Counts(double half_life_days, Scale scale) : half_life_days_(half_life_days), scale_(scale) {}

  // kBadData where logarithms are wanted, which is what is in trend, and no event has a time.
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
