// The members of a field that several types share: numbers, codes, bags and texts; how each is saved, loaded, checked
// and joined.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/tensors_file.h"
#include "data/field.h"
#include "data/field_type.h"

namespace haina {

// Coordinates of a bag until all of them are known.
struct BagEntries {
  std::vector<int32_t> rows, columns;
  std::vector<float> weights;
  void add(int32_t row, int32_t column, float weight = 1);
  // A row of another bag.
  void add_row(const Csr& bag, int32_t row);
  // Repeated (row, column) pairs keep their largest weight.
  Csr to_csr(int64_t num_rows, int64_t num_cols) const;
};

// `numbers`: float32 with 1 (kNumber) or 2 (kVector) dimensions. KEY.numbers
void save_numbers(const Field& field, const std::string& key, TensorMap& into);
Status load_numbers(Field& field, int64_t dims, const TensorMap& from, const std::string& key,
                    const std::string& where);
bool numbers_are_sound(const Field& field, const DatasetSize& size);
// Of fields with one number a row.
at::Tensor missing_scalars(int64_t rows);
at::Tensor scalars_present(const Field& field);
Status load_scalars(Field& field, const TensorMap& from, const std::string& key, const std::string& where);
void join_scalars(const Field& more, Field& field);
// A cell as a number; NaN where it is none.
float number_of(const std::string& cell);
// kInvalidArgument at `where` where a cell is no number.
Status check_numbers(const std::vector<std::string>& cells, const std::string& where);

// `bags`, with the vocabulary of `values` where it has names. KEY.bags.*, KEY.vocabulary.*
at::Tensor bags_present(const Field& field);
void save_bags(const Field& field, const std::string& key, TensorMap& into);
Status load_bags(Field& field, const TensorMap& from, const std::string& key, const std::string& where);
bool bags_are_sound(const Field& field, const DatasetSize& size);
void bags_from_text(const std::vector<std::vector<std::string>>& rows, Field& field);
std::vector<std::string> bags_to_text(const Field& field, int32_t row, const Vocabulary& targets);

// The vocabulary of `values`. KEY.vocabulary.*; absent where it has no names.
void save_values(const Field& field, const std::string& key, TensorMap& into);
Status load_values(Field& field, const TensorMap& from, const std::string& key, const std::string& where);

// `texts`. KEY.texts.*; absent where the field has no rows.
at::Tensor texts_present(const Field& field);
void save_texts(const Field& field, const std::string& key, TensorMap& into);
Status load_texts(Field& field, const TensorMap& from, const std::string& key, const std::string& where);
bool texts_are_sound(const Field& field, const DatasetSize& size);
std::vector<std::string> texts_to_text(const Field& field, int32_t row, const Vocabulary& targets);

// Rows that the field's side has.
int64_t rows_of_side(const Field& field, const DatasetSize& size);
// Whether all of `rows` lie in [least, bound). An undefined tensor does.
bool in_range(const at::Tensor& rows, int64_t least, int64_t bound);
Error wrong_length(const Field& field, std::string_view what, const std::string& where);

}  // namespace haina
