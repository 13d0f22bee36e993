// How many items each rule concerns: for whoever looks at the rules in force.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "recommend/catalog.h"
#include "recommend/rules.h"

namespace haina {

// By rule of the configuration, in lists made now. removed: rows of items that were added since training and deleted,
// which count for nothing. A pin of an unknown or removed item: 0. Reads one bool an item and rule.
std::vector<int64_t> items_of_rules(const Rules& rules, const Catalog& catalog, const std::set<int32_t>& removed);

}  // namespace haina
