#include "experts/item_features.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/error.h"
#include "data/word_bags.h"
#include "kernels/sparse_products.h"
#include "text/tokenizer.h"

namespace haina {
namespace {

// Coordinates of a matrix under construction.
struct Cells {
  std::vector<int32_t> rows, columns;
  std::vector<float> values;

  void add(int64_t row, int64_t column, float value) {
    rows.push_back(static_cast<int32_t>(row));
    columns.push_back(static_cast<int32_t>(column));
    values.push_back(value);
  }
  Csr matrix(int64_t num_rows, int64_t num_cols) const {
    return csr_from_coordinates(num_rows, num_cols, rows, columns, values, Repeats::kMax);
  }
};

Csr category_bags(const Field& field) {
  Cells cells;
  int64_t width = 0;
  const int32_t* const codes = field.codes.const_data_ptr<int32_t>();
  for (int64_t r = 0; r < field.num_rows; ++r) {
    if (codes[r] >= 0) {
      cells.add(r, codes[r], 1);
      width = std::max<int64_t>(width, codes[r] + 1);
    }
  }
  return cells.matrix(field.num_rows, width);
}

Csr counted_bags(const Field& field) {
  const bool between_items = field.target == Field::Target::kItems;
  Cells cells;
  for (int64_t r = 0; r < field.num_rows; ++r) {
    const auto columns = field.bags.row(r);
    const auto counts = field.bags.row_values(r);
    for (size_t c = 0; c < columns.size(); ++c) {
      const float count = std::max(counts[c], 1.0F);
      cells.add(r, columns[c], count);
      if (between_items && columns[c] != r) {
        cells.add(columns[c], r, count);
      }
    }
    if (between_items && !columns.empty()) {
      cells.add(r, r, 1);
    }
  }
  return cells.matrix(field.num_rows, field.bags.num_cols);
}

Csr word_bags(const Field& field) {
  Vocabulary vocabulary;
  return learn_words(field.texts, guess_language(field.texts), Grams::kWords, vocabulary);
}

// The columns that at least `least` and at most `most` rows hold, renumbered.
Csr columns_held_by(const Csr& all, double least, double most) {
  const std::vector<float> df = column_counts(all);
  std::vector<int32_t> number(df.size(), -1);
  int64_t kept = 0;
  for (size_t c = 0; c < df.size(); ++c) {
    number[c] = df[c] >= least && df[c] <= most ? static_cast<int32_t>(kept++) : -1;
  }
  Cells cells;
  for (int64_t r = 0; r < all.num_rows(); ++r) {
    const auto columns = all.row(r);
    for (size_t c = 0; c < columns.size(); ++c) {
      if (const int32_t column = number[static_cast<size_t>(columns[c])]; column >= 0) {
        cells.add(r, column, all.row_values(r)[c]);
      }
    }
  }
  return cells.matrix(all.num_rows(), kept);
}

}  // namespace

std::vector<Csr> feature_bags(std::span<const Field> fields, Side side, int64_t num_rows, Words words) {
  std::vector<Csr> bags;
  for (const Field& field : fields) {
    if (field.side != side || field.num_rows != num_rows) {
      continue;
    }
    const auto rows = static_cast<double>(num_rows);
    Csr shared = empty_csr(num_rows, 0);
    if (field.type == FieldType::kCategory) {
      shared = columns_held_by(category_bags(field), 2, rows);
    } else if (field.type == FieldType::kTags || field.type == FieldType::kLinks) {
      shared = columns_held_by(counted_bags(field), 2, rows);
    } else if (field.type == FieldType::kText && words == Words::kCount) {
      shared = columns_held_by(word_bags(field), 2, std::max(20.0, rows / 5));
    }
    if (shared.nnz() > 0) {
      bags.push_back(std::move(shared));
    }
  }
  return bags;
}

Csr social_ties(std::span<const Field> fields, int64_t num_users) {
  Cells cells;
  for (const Field& field : fields) {
    if (field.type != FieldType::kSocial || field.num_rows != num_users || !field.bags.offsets.defined()) {
      continue;
    }
    for (int64_t u = 0; u < num_users; ++u) {
      for (const int32_t other : field.bags.row(u)) {
        if (other != u) {
          cells.add(u, other, 1);
          cells.add(other, u, 1);
        }
      }
    }
  }
  return cells.matrix(num_users, num_users);
}

Csr hconcat(std::span<const Csr> matrices, int64_t num_rows) {
  std::vector<int32_t> rows, columns;
  std::vector<float> values;
  int64_t width = 0;
  for (const Csr& matrix : matrices) {
    HAINA_ASSERT(matrix.num_rows() == num_rows);
    for (int64_t r = 0; r < num_rows; ++r) {
      for (const int32_t column : matrix.row(r)) {
        rows.push_back(static_cast<int32_t>(r));
        columns.push_back(static_cast<int32_t>(width + column));
      }
      values.insert(values.end(), matrix.row_values(r).begin(), matrix.row_values(r).end());
    }
    width += matrix.num_cols;
  }
  return csr_from_coordinates(num_rows, width, rows, columns, values, Repeats::kSum);
}

}  // namespace haina
