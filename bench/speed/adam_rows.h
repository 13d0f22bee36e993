// Adam on the rows of a table that a batch touched ("lazy" Adam, as torch.optim.SparseAdam): one pass over those rows,
// where a dense optimizer walks the whole table and its two moments for every batch.
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

// Applies step number `step` (from 1, for the bias correction) to rows `ids` of the table. Gradients of an id that
// occurs several times are added first, in the order of the batch. Other rows and their moments stay as they are.
//   table, first, second [rows, width] float32 contiguous   ids int64 [n]   gradients [n, width] float32 contiguous
// Parallel over ids; same bits for any number of threads.
void adam_rows(at::Tensor& table, at::Tensor& first, at::Tensor& second, const at::Tensor& ids,
               const at::Tensor& gradients, int64_t step, const AdamRowsOptions& options);

}  // namespace haina
