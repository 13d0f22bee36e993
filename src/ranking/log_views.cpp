#include "ranking/log_views.h"

#include <ATen/ATen.h>

#include <cstddef>

namespace haina {
namespace {

constexpr float kLeastRatio = 1e-3F;  // added to score / unit before the log

at::Tensor of_trained(const at::Tensor& row, int64_t trained) {
  return trained > 0 && trained < row.size(0) ? row.narrow(0, 0, trained) : row;
}

}  // namespace

at::Tensor LogViews::of(std::span<const at::Tensor> rows, const at::Tensor& items, int64_t trained) const {
  std::vector<at::Tensor> columns;
  for (size_t m = 0; m < rows.size(); ++m) {
    const at::Tensor chosen = rows[m].index_select(0, items);
    columns.push_back(units_[m] > 0 ? (chosen.clamp_min(0) / units_[m] + kLeastRatio).log()
                                    : chosen - at::logsumexp(of_trained(rows[m], trained), 0));
  }
  return at::stack(columns, 1);
}

at::Tensor LogViews::best(std::span<const at::Tensor> rows, int64_t trained) const {
  std::vector<at::Tensor> best;
  for (size_t m = 0; m < rows.size(); ++m) {
    const at::Tensor row = of_trained(rows[m], trained);
    best.push_back(units_[m] > 0 ? (row.max().clamp_min(0) / units_[m] + kLeastRatio).log()
                                 : row.max() - at::logsumexp(row, 0));
  }
  return at::stack(best);
}

LogViews fit_views(std::span<const at::Tensor> scores, const std::vector<bool>& logits) {
  std::vector<float> units;
  for (size_t m = 0; m < scores.size(); ++m) {
    const at::Tensor best = scores[m].size(0) > 0 ? scores[m].amax(1) : scores[m].flatten();
    const at::Tensor known = best.masked_select(best > 0);
    units.push_back(logits[m] ? 0 : known.numel() == 0 ? 1 : known.log().mean().exp().item<float>());
  }
  return LogViews(std::move(units));
}

}  // namespace haina
