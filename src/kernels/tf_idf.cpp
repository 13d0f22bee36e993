#include "kernels/tf_idf.h"

#include <ATen/ATen.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "base/error.h"
#include "kernels/sparse_products.h"

namespace haina {

at::Tensor inverse_document_frequency(const Csr& counts, const at::Tensor& counted, int64_t min_df) {
  HAINA_ASSERT(counted.scalar_type() == at::kBool && counted.size(0) == counts.num_rows());
  std::vector<int64_t> frequency(static_cast<size_t>(counts.num_cols), 0);
  const bool* const is_counted = counted.const_data_ptr<bool>();
  int64_t rows = 0;
  for (int64_t r = 0; r < counts.num_rows(); ++r) {
    if (is_counted[r]) {
      ++rows;
      for (const int32_t column : counts.row(r)) {
        ++frequency[static_cast<size_t>(column)];
      }
    }
  }
  at::Tensor idf = at::zeros({counts.num_cols}, at::kFloat);
  for (int64_t c = 0; c < counts.num_cols; ++c) {
    const int64_t df = frequency[static_cast<size_t>(c)];
    if (df >= min_df && df > 0) {
      idf.data_ptr<float>()[c] = static_cast<float>(std::log(1 + static_cast<double>(rows) / static_cast<double>(df)));
    }
  }
  return idf;
}

at::Tensor inverse_document_frequency(const Csr& counts) {
  const std::vector<float> df = column_counts(counts);
  const auto rows = static_cast<float>(counts.num_rows());
  at::Tensor idf = at::zeros({counts.num_cols}, at::kFloat);
  for (size_t c = 0; c < df.size(); ++c) {
    idf.data_ptr<float>()[c] = df[c] > 0 ? std::log1p(rows / df[c]) : 0;
  }
  return idf;
}

Csr tf_idf(const Csr& counts, const at::Tensor& idf) {
  std::vector<int32_t> rows, columns;
  std::vector<float> values;
  for (int64_t r = 0; r < counts.num_rows(); ++r) {
    const auto ids = counts.row(r);
    const auto tf = counts.row_values(r);
    const size_t first = values.size();
    double squares = 0;
    for (size_t i = 0; i < ids.size(); ++i) {
      const float weight = ids[i] < idf.size(0) ? idf.const_data_ptr<float>()[ids[i]] : 0;
      if (weight > 0 && tf[i] > 0) {
        rows.push_back(static_cast<int32_t>(r));
        columns.push_back(ids[i]);
        values.push_back((tf[i] > 1 ? 1 + std::log(tf[i]) : tf[i]) * weight);
        squares += static_cast<double>(values.back()) * values.back();
      }
    }
    for (size_t i = first; i < values.size(); ++i) {
      values[i] = static_cast<float>(values[i] / std::sqrt(squares));
    }
  }
  return csr_from_coordinates(counts.num_rows(), idf.size(0), rows, columns, values, Repeats::kSum);
}

Csr tf_idf(const Csr& counts) { return tf_idf(counts, inverse_document_frequency(counts)); }

}  // namespace haina
