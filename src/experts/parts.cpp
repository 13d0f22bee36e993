#include "experts/parts.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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

std::vector<Csr> item_bags(std::span<const Field> fields, int64_t num_items) {
  std::vector<Csr> bags;
  for (const Field& field : fields) {
    if (field.side != Side::kItem || field.num_rows != num_items) {
      continue;
    }
    std::vector<int32_t> rows, columns;
    std::vector<float> values;
    const auto add = [&](int64_t row, int64_t column, float value) {
      rows.push_back(static_cast<int32_t>(row));
      columns.push_back(static_cast<int32_t>(column));
      values.push_back(value);
    };
    int64_t width = 0;
    if (field.type == FieldType::kCategory) {
      const int32_t* const codes = field.codes.const_data_ptr<int32_t>();
      for (int64_t i = 0; i < num_items; ++i) {
        if (codes[i] >= 0) {
          add(i, codes[i], 1);
          width = std::max<int64_t>(width, codes[i] + 1);
        }
      }
    } else if (field.type == FieldType::kTags || field.type == FieldType::kLinks) {
      const bool between_items = field.target == Field::Target::kItems;
      width = field.bags.num_cols;
      for (int64_t i = 0; i < num_items; ++i) {
        const auto cells = field.bags.row(i);
        const auto counts = field.bags.row_values(i);
        for (size_t c = 0; c < cells.size(); ++c) {
          const float count = std::max(counts[c], 1.0F);
          add(i, cells[c], count);
          if (between_items && cells[c] != i) {
            add(cells[c], i, count);
          }
        }
        if (between_items && !cells.empty()) {
          add(i, i, 1);
        }
      }
    }
    if (rows.empty()) {
      continue;
    }
    const Csr all = csr_from_coordinates(num_items, width, rows, columns, values, Repeats::kMax);
    const std::vector<float> df = column_counts(all);
    // A value of one item alone ties nothing to nothing: dropped, and the rest numbered anew, so that no one solves for
    // it.
    std::vector<int32_t> number(df.size(), -1);
    int64_t kept = 0;
    for (size_t c = 0; c < df.size(); ++c) {
      number[c] = df[c] >= 2 ? static_cast<int32_t>(kept++) : -1;
    }
    rows.clear();
    columns.clear();
    values.clear();
    for (int64_t i = 0; i < num_items; ++i) {
      const auto cells = all.row(i);
      for (size_t c = 0; c < cells.size(); ++c) {
        if (const int32_t column = number[static_cast<size_t>(cells[c])]; column >= 0) {
          add(i, column, all.row_values(i)[c]);
        }
      }
    }
    if (!rows.empty()) {
      bags.push_back(csr_from_coordinates(num_items, kept, rows, columns, values, Repeats::kMax));
    }
  }
  return bags;
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

Csr side_by_side(std::span<const Csr> parts, int64_t num_rows, bool normalise) {
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
  Csr result = csr_from_coordinates(num_rows, width, rows, columns, values, Repeats::kSum);
  if (normalise) {
    normalise_rows(result);
  }
  return result;
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
      for (auto event = history.rbegin(); event != history.rend() && left > 0; ++event, --left, weight *= decay) {
        if (const int32_t item = row_of(event->item); item >= 0 && item < n) {
          add(out + u * n, item, static_cast<float>(weight));
        }
      }
    }
  });
  return scores;
}

}  // namespace haina
