// Exact top-k of dense score rows with a defined order: higher score first, ties by the smaller item, NaN never.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace haina {

// Answers of every model: one row a user.
struct RankedLists {
  at::Tensor items;   // int32 [B, k], -1 where a list is short
  at::Tensor scores;  // float32 [B, k], descending; ties by smaller item; -inf where a list is short
};

// scores: float32 [B, items] contiguous. -inf means "not a candidate". k may exceed the number of items; lists are then
// short. O(items + k log k) a row through nth_element over candidates above a running threshold; parallel over rows.
RankedLists top_k(const at::Tensor& scores, int64_t k);

}  // namespace haina
