// Scores on a logarithmic scale, which the ranker's network reads beside the standardised ones: standardising loses how
// confident a model is about a user.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace haina {

// One column per model. For the fusion network, whose scores are logits: the log of the softmax over trained items. For
// any other model: the log of the score over that model's unit, a typical best score; ratios below 0 count as 0, and
// 1e-3 is added before the log.
class LogViews {
 public:
  LogViews() = default;
  // units: [models], > 0; 0 marks a model whose scores are logits.
  explicit LogViews(std::vector<float> units) : units_(std::move(units)) {}
  // The chosen items of one user: float32 [n, models]. rows: each model's raw scores of the user, [items]. trained: as
  // in standardise().
  at::Tensor of(std::span<const at::Tensor> rows, const at::Tensor& items, int64_t trained = 0) const;
  // The same for each model's best trained item: how confident it is about this user. float32 [models]
  at::Tensor best(std::span<const at::Tensor> rows, int64_t trained = 0) const;
  const std::vector<float>& units() const { return units_; }

 private:
  std::vector<float> units_;
};
// The units from the raw scores of some users, one tensor [B, items] per model: the geometric mean of the users' best
// scores, which a few users with long histories do not move. logits: which models give logits.
LogViews fit_views(std::span<const at::Tensor> scores, const std::vector<bool>& logits);

}  // namespace haina
