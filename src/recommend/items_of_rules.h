// How many items each rule concerns: for whoever looks at the rules in force.
#pragma once

#include <cstdint>
#include <vector>

#include "recommend/catalog.h"
#include "recommend/rules.h"

namespace haina {

// By rule of the configuration, in lists made now. A pin of an unknown item: 0. Reads one bool an item and rule.
std::vector<int64_t> items_of_rules(const Rules& rules, const Catalog& catalog);

}  // namespace haina
