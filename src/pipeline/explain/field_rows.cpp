#include "pipeline/explain/field_rows.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "experts/item_features.h"
#include "kernels/sparse_products.h"
#include "kernels/tf_idf.h"

namespace haina {
namespace {

constexpr int64_t kBins = 10;

// float32 [items.size(), d]: vectors minus their mean, scaled to length 1; 0 where missing.
at::Tensor unit_rows(const Field& field, std::span<const int32_t> items) {
  const at::Tensor rows = at::tensor(std::vector<int64_t>(items.begin(), items.end()), at::kLong);
  const at::Tensor numbers = field.numbers.index_select(0, rows);
  const at::Tensor present = at::isfinite(numbers).all(1, true);
  const at::Tensor vectors = at::where(present, numbers, 0.0F);
  const at::Tensor centred = (vectors - vectors.sum(0, true) / present.sum().clamp_min(1)) * present;
  return centred / centred.norm(2, 1, true).clamp_min(1e-12);
}

// Values that at least two rows share; see feature_bags.
Csr shared_values(const Field& field) {
  if (field.type == FieldType::kNumber || field.type == FieldType::kDate) {
    return deciles_of(field);
  }
  std::vector<Csr> bags = feature_bags({&field, 1}, field.side, field.num_rows, Words::kCount);
  return bags.empty() ? empty_csr(field.num_rows, 0) : std::move(bags.front());
}

}  // namespace

Csr deciles_of(const Field& field) {
  const float* const numbers = field.numbers.const_data_ptr<float>();
  std::vector<float> sorted;
  std::copy_if(numbers, numbers + field.num_rows, std::back_inserter(sorted), [](float v) { return std::isfinite(v); });
  std::ranges::sort(sorted);
  std::vector<int32_t> rows, columns;
  for (int64_t r = 0; r < field.num_rows; ++r) {
    if (std::isfinite(numbers[r])) {
      // Equal values share a bin: that of the first of them.
      const auto below = std::ranges::lower_bound(sorted, numbers[r]) - sorted.begin();
      rows.push_back(static_cast<int32_t>(r));
      columns.push_back(static_cast<int32_t>(below * kBins / std::ssize(sorted)));
    }
  }
  return csr_from_coordinates(field.num_rows, kBins, rows, columns, std::vector<float>(rows.size(), 1), Repeats::kMax);
}

at::Tensor item_gram(const Field& field, std::span<const int32_t> items, const StopFlag* stop) {
  if (field.type == FieldType::kVector) {
    const at::Tensor rows = unit_rows(field, items);
    return at::mm(rows, rows.t()).contiguous();
  }
  return gram(transpose(tf_idf(take_rows(shared_values(field), items))), stop);
}

Csr profile_columns(const Field& field, int64_t most) {
  const Csr all = shared_values(field);
  const std::vector<float> counts = column_counts(all);
  std::vector<int32_t> order(counts.size()), number(counts.size(), -1);
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(), [&](int32_t column) { return counts[static_cast<size_t>(column)]; });
  order.resize(std::min(order.size(), static_cast<size_t>(most)));
  for (size_t c = 0; c < order.size(); ++c) {
    number[static_cast<size_t>(order[c])] = static_cast<int32_t>(c);
  }
  std::vector<int32_t> rows, columns;
  for (int64_t r = 0; r < all.num_rows(); ++r) {
    for (const int32_t column : all.row(r)) {
      if (const int32_t kept = number[static_cast<size_t>(column)]; kept >= 0) {
        rows.push_back(static_cast<int32_t>(r));
        columns.push_back(kept);
      }
    }
  }
  return csr_from_coordinates(all.num_rows(), std::ssize(order), rows, columns, std::vector<float>(rows.size(), 1),
                              Repeats::kMax);
}

}  // namespace haina
