// Whether lists have the mix of categories that their users' histories have (Steck, RecSys 2018).
#pragma once

#include <cstdint>
#include <span>

#include "kernels/csr.h"
#include "kernels/topk.h"
#include "metrics/metrics.h"

namespace haina {

// miscalibration@k of each user: the divergence sum over g of p(g) ln(p(g) / q(g)), where p is the mean of the
// categories of the history's items and q that of the list cut at k, mixed with a hundredth of p. 0: the same mix;
// ln 100 = 4.6: the list has none of the history's categories. NaN where no item of the history has a category.
// histories: [users, items], weights say how often. categories: [items, categories], weights >= 0; each item counts
// once, shared among its categories, and an item without any is left out.
UserMetrics miscalibration(const RankedLists& lists, const Csr& histories, const Csr& categories,
                           std::span<const int64_t> ks);

}  // namespace haina
