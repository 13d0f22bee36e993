// The formulas of experts as plain dense loops in double, as references.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "experts/expert.h"
#include "small_data.h"

namespace haina {

using Matrix = std::vector<std::vector<double>>;
inline constexpr int64_t kUsers = SmallData::kUsers, kItems = SmallData::kItems;

inline Matrix zeros(size_t rows, size_t cols) { return Matrix(rows, std::vector<double>(cols, 0)); }

inline Matrix dense_x(const Interactions& train) {
  Matrix x = zeros(static_cast<size_t>(train.num_users), static_cast<size_t>(train.num_items));
  for (int64_t u = 0; u < train.num_users; ++u) {
    for (const int32_t item : train.row(u)) {
      x[static_cast<size_t>(u)][static_cast<size_t>(item)] = 1;
    }
  }
  return x;
}

inline std::vector<double> column_sums(const Matrix& x) {
  std::vector<double> sums(x[0].size(), 0);
  for (const auto& row : x) {
    for (size_t i = 0; i < row.size(); ++i) {
      sums[i] += row[i];
    }
  }
  return sums;
}

inline at::Tensor to_tensor(const Matrix& m) {
  at::Tensor t = at::empty({std::ssize(m), std::ssize(m[0])}, at::kDouble);
  for (size_t r = 0; r < m.size(); ++r) {
    std::ranges::copy(m[r], t.data_ptr<double>() + static_cast<int64_t>(r) * t.size(1));
  }
  return t;
}

inline std::unique_ptr<Expert> fitted(const std::string& name, const SmallData& data,
                                      const std::map<std::string, double>& values = {}, at::Device device = at::kCPU) {
  const ExpertEntry& entry = **find_expert(name, "");
  Params params(entry.params);
  for (const auto& [key, value] : values) {
    EXPECT_TRUE(params.set(key, value, "test"));
  }
  auto expert = entry.make(params);
  const Status status =
      expert->fit(data.train, {.fields = data.fields, .other_events = &data.other_events, .device = device});
  EXPECT_TRUE(status) << to_text(status.error());
  return expert;
}

inline void expect_scores(const Expert& expert, const SmallData& data, const Matrix& expected) {
  const at::Tensor expected_scores = to_tensor(expected);
  const at::Tensor got = expert.score(data.states).to(at::kDouble);
  EXPECT_TRUE(at::allclose(got, expected_scores, 1e-3, 1e-4))
      << "largest difference " << (got - expected_scores).abs().max().item<double>();
}

// Features of one field as experts use them: tf-idf of the values that at least two items share, rows of length 1.
inline Matrix dense_tf_idf(const Field& field) {
  const auto width = static_cast<size_t>(field.values.size());
  Matrix counts = zeros(kItems, width);
  for (int64_t i = 0; i < kItems; ++i) {
    if (field.type == FieldType::kCategory) {
      if (const int32_t code = field.codes[i].item<int32_t>(); code >= 0) {
        counts[static_cast<size_t>(i)][static_cast<size_t>(code)] = 1;
      }
    } else {
      for (size_t c = 0; c < field.bags.row(i).size(); ++c) {
        counts[static_cast<size_t>(i)][static_cast<size_t>(field.bags.row(i)[c])] = field.bags.row_values(i)[c];
      }
    }
  }
  for (size_t f = 0; f < width; ++f) {
    const auto df = std::ranges::count_if(counts, [&](const auto& row) { return row[f] > 0; });
    for (auto& row : counts) {
      row[f] = row[f] > 0 && df >= 2
                   ? (1 + std::log(row[f])) * std::log1p(static_cast<double>(kItems) / static_cast<double>(df))
                   : 0;
    }
  }
  for (auto& row : counts) {
    double squares = 0;
    for (const double v : row) {
      squares += v * v;
    }
    for (double& v : row) {
      v = squares > 0 ? v / std::sqrt(squares) : 0;
    }
  }
  return counts;
}

}  // namespace haina
