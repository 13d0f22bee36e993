// The kinds of items that lists are compared with histories by.
#pragma once

#include <optional>
#include <string>

#include "data/dataset.h"
#include "kernels/csr.h"

namespace haina {

struct ItemCategories {
  std::string field;  // its full name, "movies.genres"
  Csr of_items;       // [items, categories]
};

// The field of categories or tags with 3 to 200 values that most items have, among equals the one with fewer values;
// nullopt where no such field has a value for at least half of the items.
std::optional<ItemCategories> item_categories(const Dataset& dataset);

}  // namespace haina
