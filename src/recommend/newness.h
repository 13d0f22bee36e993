// How new the items of a catalog are.
#pragma once

#include <ATen/core/Tensor.h>

#include "recommend/catalog.h"

namespace haina {

// float32 [items], from 0 (the oldest, or unknown) to 1 by an item field of dates, or of numbers whose name says that
// they are years; items added since training from 1 to 2 in order of arrival. hidden: bool [items], items that no list
// may hold; undefined: none. They count for nothing and are 0: one that was deleted is not there after a restart, and
// no other item's newness may change by that. O(items log items).
at::Tensor item_newness(const Catalog& catalog, const at::Tensor& hidden = {});

}  // namespace haina
