#include "experts/item_features.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "data/vocabulary.h"
#include "text/tokenizer.h"

namespace haina {

Status require_events(const Interactions& train) {
  if (train.num_events() == 0 || train.num_items == 0) {
    return fail({ErrorCode::kBadData, "no event to learn from", "", "check [project] goal and [split]"});
  }
  return ok();
}

bool stop_requested(const FitContext& context) { return context.stop != nullptr && context.stop->requested(); }

tl::unexpected<Error> interrupted() {
  return fail(
      {ErrorCode::kInterrupted, "stopped while an expert was learning", "", "run the command again to start over"});
}

Csr binary_matrix(const Interactions& train) {
  Csr matrix = train.matrix();
  matrix.values = at::ones({matrix.nnz()}, at::kFloat);
  return matrix;
}

Csr binary_histories(std::span<const UserState> users, int64_t num_items) {
  std::vector<int32_t> rows, columns;
  for (size_t u = 0; u < users.size(); ++u) {
    for (const UserEvent& event : users[u].history) {
      if (const int32_t item = row_of(event.item); item >= 0 && item < num_items) {
        rows.push_back(static_cast<int32_t>(u));
        columns.push_back(item);
      }
    }
  }
  const std::vector<float> ones(rows.size(), 1);
  return csr_from_coordinates(std::ssize(users), num_items, rows, columns, ones, Repeats::kMax);
}

std::vector<float> column_counts(const Csr& matrix) {
  std::vector<float> counts(static_cast<size_t>(matrix.num_cols), 0);
  const int32_t* const columns = matrix.columns.const_data_ptr<int32_t>();
  for (int64_t i = 0; i < matrix.nnz(); ++i) {
    ++counts[static_cast<size_t>(columns[i])];
  }
  return counts;
}

Reweigh shrunk_cosine(const Csr& matrix, double shrink) {
  std::vector<double> norms;
  for (const float count : column_counts(matrix)) {
    norms.push_back(std::sqrt(static_cast<double>(count)));
  }
  return [norms = std::move(norms), shrink](int64_t row, std::span<const int32_t> columns, std::span<float> values) {
    const double own = norms[static_cast<size_t>(row)];
    for (size_t i = 0; i < columns.size(); ++i) {
      values[i] = static_cast<float>(values[i] / (own * norms[static_cast<size_t>(columns[i])] + shrink));
    }
  };
}

namespace {

// Coordinates of a matrix that is being gathered.
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
  const std::string language = guess_language(field.texts);
  Vocabulary vocabulary;
  Cells cells;
  std::map<int32_t, float> counts;
  // Words are cut on all threads and numbered on one, block by block, so that they are never all in memory as text.
  constexpr int64_t kBlock = 4096;
  std::vector<std::vector<std::string>> words(kBlock);
  for (int64_t first = 0; first < field.num_rows; first += kBlock) {
    const int64_t size = std::min(kBlock, field.num_rows - first);
    at::parallel_for(0, size, 256, [&](int64_t begin, int64_t end) {
      const WordCutter cut(language);
      for (int64_t r = begin; r < end; ++r) {
        words[static_cast<size_t>(r)] = cut(field.texts[static_cast<size_t>(first + r)]);
      }
    });
    for (int64_t r = 0; r < size; ++r) {
      counts.clear();
      for (const std::string& word : words[static_cast<size_t>(r)]) {
        ++counts[vocabulary.find_or_add(word)];
      }
      for (const auto& [word, count] : counts) {
        cells.add(first + r, word, count);
      }
    }
  }
  return cells.matrix(field.num_rows, vocabulary.size());
}

// Only the columns that least to most rows hold, numbered anew, so that no one solves for the others.
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
    } else if (field.type == FieldType::kText && words == Words::kCut) {
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

namespace {

void normalise_rows(Csr& matrix) {
  float* const values = matrix.values.data_ptr<float>();
  const auto offsets = matrix.row_offsets();
  for (size_t r = 0; r + 1 < offsets.size(); ++r) {
    double squares = 0;
    for (int64_t i = offsets[r]; i < offsets[r + 1]; ++i) {
      squares += static_cast<double>(values[i]) * values[i];
    }
    for (int64_t i = offsets[r]; i < offsets[r + 1] && squares > 0; ++i) {
      values[i] = static_cast<float>(values[i] / std::sqrt(squares));
    }
  }
}

}  // namespace

Csr tf_idf(const Csr& bags) {
  Csr result = {bags.num_cols, bags.offsets, bags.columns, bags.values.clone()};
  const std::vector<float> df = column_counts(bags);
  float* const values = result.values.data_ptr<float>();
  const int32_t* const columns = result.columns.const_data_ptr<int32_t>();
  const auto rows = static_cast<float>(bags.num_rows());
  for (int64_t i = 0; i < result.nnz(); ++i) {
    values[i] = (1 + std::log(std::max(values[i], 1.0F))) * std::log1p(rows / df[static_cast<size_t>(columns[i])]);
  }
  normalise_rows(result);
  return result;
}

Csr side_by_side(std::span<const Csr> parts, int64_t num_rows) {
  std::vector<int32_t> rows, columns;
  std::vector<float> values;
  int64_t width = 0;
  for (const Csr& part : parts) {
    HAINA_ASSERT(part.num_rows() == num_rows);
    for (int64_t r = 0; r < num_rows; ++r) {
      for (const int32_t column : part.row(r)) {
        rows.push_back(static_cast<int32_t>(r));
        columns.push_back(static_cast<int32_t>(width + column));
      }
      values.insert(values.end(), part.row_values(r).begin(), part.row_values(r).end());
    }
    width += part.num_cols;
  }
  return csr_from_coordinates(num_rows, width, rows, columns, values, Repeats::kSum);
}

at::Tensor score_neighbours(std::span<const UserState> users, const Csr& weights, double decay, int64_t window) {
  const int64_t n = weights.num_cols;
  at::Tensor scores = at::zeros({std::ssize(users), n}, at::kFloat);
  float* const out = scores.data_ptr<float>();
  const Csr once = decay < 1 ? empty_csr(std::ssize(users), n) : binary_histories(users, n);
  const auto add = [&](float* row, int32_t item, float weight) {
    const auto columns = weights.row(item);
    const auto values = weights.row_values(item);
    for (size_t c = 0; c < columns.size(); ++c) {
      row[columns[c]] += weight * values[c];
    }
  };
  at::parallel_for(0, std::ssize(users), 4, [&](int64_t begin, int64_t end) {
    for (int64_t u = begin; u < end; ++u) {
      for (const int32_t item : once.row(u)) {
        add(out + u * n, item, 1);
      }
      const std::vector<UserEvent>& history = users[static_cast<size_t>(u)].history;
      if (decay >= 1) {
        continue;
      }
      double weight = 1;
      int64_t left = window;
      for (auto event = history.rbegin(); event != history.rend() && left > 0; ++event, weight *= decay) {
        if (const int32_t item = row_of(event->item); item >= 0 && item < n) {
          add(out + u * n, item, static_cast<float>(weight));
          --left;
        }
      }
    }
  });
  return scores;
}

TensorMap ItemWeights::state() const {
  TensorMap state;
  put_csr("weights", weights_, state);
  return state;
}

Status ItemWeights::restore(const TensorMap& state, const std::string& where) {
  HAINA_TRY(weights_, take_csr(state, "weights", where));
  if (weights_.num_rows() != weights_.num_cols) {
    return fail({ErrorCode::kBadData, "the weights between items are not square", where, "train again"});
  }
  return ok();
}

}  // namespace haina
