// Which rules gave the items of a list their places.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "recommend/catalog.h"
#include "recommend/recommendation_list.h"
#include "recommend/rules.h"

namespace haina {

// Adds them to the explanations of `items`, and to their texts first. scores: float32 [items], as the list was made
// from them: with boosts, -inf for items that may not be listed. chosen: rows of the catalog, one for each of `items`,
// all of which are explained.
void add_applied_rules(const Rules& rules, const Catalog& catalog, const at::Tensor& scores,
                       const std::vector<int32_t>& chosen, std::vector<RecommendedItem>& items);

}  // namespace haina
