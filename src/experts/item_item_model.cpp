#include "experts/item_item_model.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <utility>
#include <vector>

#include "experts/history_matrix.h"
#include "kernels/csr_tensors.h"

namespace haina {

RowTransform shrunk_cosine(const Csr& matrix, double shrink) {
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

TensorMap ItemItemModel::state() const {
  TensorMap state;
  put_csr("weights", weights_, state);
  return state;
}

Status ItemItemModel::restore(const TensorMap& state, const std::string& where) {
  HAINA_TRY(weights_, take_csr(state, "weights", where));
  if (weights_.num_rows() != weights_.num_cols) {
    return fail(
        {ErrorCode::kBadData, "the item-to-item weights are not a square matrix", where, "run haina train again"});
  }
  return ok();
}

}  // namespace haina
