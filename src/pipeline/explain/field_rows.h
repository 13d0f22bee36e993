// Fields as the linear model of a game reads them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "base/stop.h"
#include "data/field.h"
#include "kernels/csr.h"

namespace haina {

// [rows, 10]: 1 in the tenth of its present values that a number or a date lies in; an empty row where it is missing.
Csr deciles_of(const Field& field);
// F·Fᵀ of a field of items, float32 [items.size(), items.size()]: rows of length 1, or 0 where the value is missing.
at::Tensor item_gram(const Field& field, std::span<const int32_t> items, const StopFlag* stop);
// [rows, values]: 1 where a user has a value, of the `most` values that most users have.
Csr profile_columns(const Field& field, int64_t most);

}  // namespace haina
