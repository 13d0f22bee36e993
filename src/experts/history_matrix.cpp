#include "experts/history_matrix.h"

#include <ATen/ATen.h>

#include <vector>

#include "data/ids.h"

namespace haina {

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

}  // namespace haina
