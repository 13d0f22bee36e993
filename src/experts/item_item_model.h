// Experts that are a sparse matrix of item-to-item weights.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>

#include "data/user_state.h"
#include "experts/expert.h"
#include "kernels/csr.h"
#include "kernels/sparse_products.h"

namespace haina {

// Turns the products of columns of ones into shrunk cosines: together / (sqrt(n_i n_j) + shrink).
RowTransform shrunk_cosine(const Csr& matrix, double shrink);

inline constexpr int64_t kDecayWindow = 1000;  // newest events that are read where they are weighted by age

// Scores of states from weights [items, items]: Σ over the history of decay^(steps before the end)·weights[item]. With
// decay 1 each item counts once; below 1 each event counts, up to the last `window` events with known items.
at::Tensor score_neighbours(std::span<const UserState> users, const Csr& weights, double decay, int64_t window);

class ItemItemModel : public Expert {
 public:
  TensorMap state() const override;
  Status restore(const TensorMap& state, const std::string& where) override;

 protected:
  Csr weights_;  // [items of the history, scored items]
};

}  // namespace haina
