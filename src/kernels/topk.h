// Exact top-k of dense score rows in a defined order: higher score first, ties by the smaller item, never NaN.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace haina {

// Ranked lists of items, one row per user.
struct RankedLists {
  at::Tensor items;   // int32 [B, k], -1 past the end of a short list
  at::Tensor scores;  // float32 [B, k], descending; ties by smaller item; -inf past the end
};

// scores: float32 [B, items], contiguous; -inf means "not a candidate". If k exceeds the number of items, lists are
// short. O(items + k log k) per row: nth_element over candidates above a running threshold. Parallel over rows.
RankedLists top_k(const at::Tensor& scores, int64_t k);

}  // namespace haina
