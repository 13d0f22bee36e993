// From scores to a list under business constraints: pins, quotas, a limit per category, and diversity (MMR).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "kernels/csr.h"

namespace haina {

struct Quota {
  at::Tensor member;     // bool [items]
  int64_t at_least = 0;  // items of a list, as far as candidates suffice
  int64_t at_most = -1;  // -1: no limit
};

struct Pin {
  int32_t item = -1;
  int64_t position = 1;  // from 1
};

struct Reranking {
  double diversity = 0;  // 1 - lambda of MMR (Carbonell and Goldstein, 1998): 0 by score alone, 1 by difference alone
  int64_t most_of_a_category = 0;  // items of a list; 0: no limit
  Csr categories = {};             // [items, categories]; read only with a limit
  std::vector<Quota> quotas = {};
  std::vector<Pin> pins = {};
  bool does_nothing() const { return diversity <= 0 && most_of_a_category <= 0 && quotas.empty() && pins.empty(); }
};

// Unit vectors of the given items, float32 [items.size(), width]; undefined where the model has no vectors.
using VectorsOf = std::function<at::Tensor(std::span<const int32_t> items)>;

// At most k items, best first. scores: float32 [items] contiguous, -inf for items that are no candidates; a pinned item
// that is no candidate is not shown. Where constraints conflict, pins beat limits, and limits beat `at_least`.
std::vector<int32_t> rerank(const at::Tensor& scores, int64_t k, const Reranking& reranking,
                            const VectorsOf& vectors_of);

}  // namespace haina
