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
  return decayed_histories(users, num_items, 1);
}

Csr decayed_histories(std::span<const UserState> users, int64_t num_items, double decay) {
  std::vector<int32_t> rows, columns;
  std::vector<float> values;
  for (size_t u = 0; u < users.size(); ++u) {
    double weight = 1;
    const std::vector<UserEvent>& history = users[u].history;
    for (auto event = history.rbegin(); event != history.rend(); ++event, weight *= decay) {
      if (const int32_t item = row_of(event->item); item >= 0 && item < num_items) {
        rows.push_back(static_cast<int32_t>(u));
        columns.push_back(item);
        values.push_back(static_cast<float>(weight));
      }
    }
  }
  return csr_from_coordinates(std::ssize(users), num_items, rows, columns, values, Repeats::kMax);
}

ParamSpec history_decay_param() {
  return {.name = "decay",
          .value = 1,
          .min = 0.01,
          .max = 1,
          .doc = "weight of an event of the history beside the one after it; below 1, events must be in order"};
}

Status require_order(double decay, const FitContext& context) {
  if (decay < 1 && !context.ordered) {
    return fail({ErrorCode::kUnsupported, "decay below 1 needs events in the order of time", "", "set decay = 1"});
  }
  return ok();
}

}  // namespace haina
