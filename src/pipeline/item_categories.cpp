#include "pipeline/item_categories.h"

#include <ATen/ATen.h>

#include <cstdint>
#include <tuple>
#include <vector>

#include "data/field.h"

namespace haina {
namespace {

constexpr int64_t kFewest = 3, kMost = 200;

Csr rows_of_codes(const Field& field) {
  const at::Tensor codes = field.codes.contiguous();
  std::vector<int32_t> rows, columns;
  for (int32_t row = 0; row < field.num_rows; ++row) {
    if (const int32_t code = codes.const_data_ptr<int32_t>()[row]; code >= 0) {
      rows.push_back(row);
      columns.push_back(code);
    }
  }
  return csr_from_coordinates(field.num_rows, field.values.size(), rows, columns, std::vector<float>(rows.size(), 1),
                              Repeats::kMax);
}

}  // namespace

std::optional<ItemCategories> item_categories(const Dataset& dataset) {
  const Field* best = nullptr;
  std::tuple<int64_t, int64_t> order = {(dataset.items.size() + 1) / 2, -kMost - 1};  // items that have it, -values
  for (const Field& field : dataset.fields) {
    const bool counts = field.side == Side::kItem && !field.has_authors() &&
                        (field.type == FieldType::kCategory ||
                         (field.type == FieldType::kTags && field.target == Field::Target::kValues));
    if (!counts || field.values.size() < kFewest || field.values.size() > kMost) {
      continue;
    }
    if (const std::tuple<int64_t, int64_t> own = {field.present().sum().item<int64_t>(), -field.values.size()};
        own > order) {
      best = &field;
      order = own;
    }
  }
  if (best == nullptr) {
    return std::nullopt;
  }
  return ItemCategories{best->full_name(), best->type == FieldType::kCategory ? rows_of_codes(*best) : best->bags};
}

}  // namespace haina
