// Tables of orders, and the tables whose rows name an order alone.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/formats/file_preview.h"
#include "data/inference/infer_schema.h"

namespace haina {

struct OrderJoin {
  size_t key = 0;        // column of the orders: different in every row
  size_t reference = 0;  // column of the rows that name orders
};

// Nothing unless `orders` has a user and no item, and `rows` an item and no user, and a column of `rows` names rows of
// `orders`: by its name and its values.
std::optional<OrderJoin> find_order_join(const FilePreview& orders, const FilePreview& rows);

// The rows with the columns of their order behind their own; of orders that are not in the preview any other's.
FilePreview joined_preview(const FilePreview& orders, const FilePreview& rows, const OrderJoin& join);

// Cuts what was inferred of joined_preview() into the two sources. `orders_name`: of the source of orders.
std::pair<InferredSource, InferredSource> split_joined(const InferredSource& joined, const FilePreview& orders,
                                                       const FilePreview& rows, const OrderJoin& join,
                                                       const std::string& orders_name);

}  // namespace haina
