// From scores to a list: what may not be shown, what a business wants to be shown, and variety.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "kernels/csr.h"

namespace haina {

struct Quota {
  at::Tensor member;     // bool [items]
  int64_t at_least = 0;  // of a list, where there are so many
  int64_t at_most = -1;  // -1: any number
};

struct Pin {
  int32_t item = -1;
  int64_t position = 1;  // from 1
};

struct Reranking {
  double diversity = 0;  // lambda of MMR (Carbonell and Goldstein, 1998): 0 by score alone, 1 by difference alone
  int64_t most_of_a_category = 0;  // 0: any number
  Csr categories = {};             // [items, categories]; read where there is a limit
  std::vector<Quota> quotas = {};
  std::vector<Pin> pins = {};
  bool does_nothing() const { return diversity <= 0 && most_of_a_category <= 0 && quotas.empty() && pins.empty(); }
};

// Unit vectors of those items, float32 [items.size(), width]; undefined where there are none.
using VectorsOf = std::function<at::Tensor(std::span<const int32_t> items)>;

// At most k items, best first. scores: float32 [items], -inf for what is no candidate; a pinned item that is none is
// not shown. Limits hold against quotas' least numbers, and pins against both.
std::vector<int32_t> rerank(const at::Tensor& scores, int64_t k, const Reranking& how, const VectorsOf& vectors_of);

}  // namespace haina
