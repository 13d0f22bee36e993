#include "recommend/content_index.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "recommend/newness.h"

namespace haina {
namespace {

// Words of a text in lower case; bytes beyond ASCII are letters.
void add_words(const std::string& text, std::set<std::string>& words) {
  std::string word;
  for (const char c : text + " ") {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || std::isalnum(byte) != 0) {
      word += static_cast<char>(std::tolower(byte));
    } else if (!word.empty()) {
      words.insert("word " + word);
      word.clear();
    }
  }
}

std::set<std::string> words_of(const Catalog& catalog, int32_t item) {
  std::set<std::string> words;
  if (catalog.title(item) != catalog.id(item)) {
    add_words(catalog.title(item), words);
  }
  for (const Field& field : catalog.dataset().fields) {
    if (field.side != Side::kItem || field.target != Field::Target::kValues) {
      continue;
    }
    const bool is_text = field.type == FieldType::kText;
    if (!is_text && field.type != FieldType::kCategory && field.type != FieldType::kTags) {
      continue;
    }
    for (const std::string& cell : catalog.cells(field, item)) {
      is_text ? add_words(cell, words) : void(words.insert(field.full_name() + " " + cell));
    }
  }
  return words;
}

}  // namespace

ContentIndex::ContentIndex(const Catalog& catalog, const at::Tensor& hidden) : newness_(item_newness(catalog, hidden)) {
  const auto items = static_cast<int32_t>(catalog.size());
  Vocabulary names;
  std::vector<int32_t> rows, columns;
  std::vector<double> counts;
  const bool* const is_hidden = hidden.defined() ? hidden.const_data_ptr<bool>() : nullptr;
  double listed = 0;
  for (int32_t item = 0; item < items; ++item) {
    const double counts_as = is_hidden != nullptr && is_hidden[item] ? 0 : 1;
    listed += counts_as;
    for (const std::string& word : words_of(catalog, item)) {
      const int32_t column = names.find_or_add(word);
      counts.resize(static_cast<size_t>(names.size()), 0);
      counts[static_cast<size_t>(column)] += counts_as;
      rows.push_back(item);
      columns.push_back(column);
    }
  }
  std::vector<float> values(rows.size());
  std::vector<double> squares(static_cast<size_t>(items), 0);
  for (size_t i = 0; i < rows.size(); ++i) {
    // A word that only hidden items have counts as if one item had it.
    values[i] = static_cast<float>(std::log1p(listed / std::max(1.0, counts[static_cast<size_t>(columns[i])])));
    squares[static_cast<size_t>(rows[i])] += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    values[i] /= static_cast<float>(std::sqrt(squares[static_cast<size_t>(rows[i])]));
  }
  words_ = csr_from_coordinates(items, names.size(), rows, columns, values, Repeats::kMax);
}

at::Tensor ContentIndex::similarity_to(int32_t item) const {
  at::Tensor own = at::zeros({words_.num_cols, 1});
  const auto columns = words_.row(item);
  for (size_t i = 0; i < columns.size(); ++i) {
    own.data_ptr<float>()[columns[i]] = words_.row_values(item)[i];
  }
  return words_.num_cols == 0 ? at::zeros({words_.num_rows()}) : multiply(words_, own).squeeze(1).clamp(0, 1);
}

}  // namespace haina
