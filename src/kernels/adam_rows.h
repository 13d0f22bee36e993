// Adam on the rows of a table that a batch touched, and on no other: one pass over each of them, where dense optimisers
// walk the whole table and its two moments for every batch.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace haina {

struct AdamRowsOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

// Rows `ids` of the table move by one step of Adam against `gradients`; those of an id that comes more than once are
// added first, in the order of the batch. Moments of other rows stand still ("lazy" Adam, as torch.optim.SparseAdam
// does); `step` counts from 1 and corrects their bias.
//   table, first, second [rows, width] float32 contiguous   ids int64 [n]   gradients [n, width] float32 contiguous
// Parallel over ids; same bits for any number of threads. 41 k ids of 1 M x 16: bench/speed/categorical.
void adam_rows(at::Tensor& table, at::Tensor& first, at::Tensor& second, const at::Tensor& ids,
               const at::Tensor& gradients, int64_t step, const AdamRowsOptions& options);

}  // namespace haina
