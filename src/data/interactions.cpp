#include "data/interactions.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace haina {

Csr Interactions::matrix() const {
  std::vector<int32_t> rows;
  rows.reserve(static_cast<size_t>(num_events()));
  const int64_t* const o = offsets.const_data_ptr<int64_t>();
  for (int64_t u = 0; u < num_users; ++u) {
    rows.insert(rows.end(), static_cast<size_t>(o[u + 1] - o[u]), static_cast<int32_t>(u));
  }
  return csr_from_coordinates(num_users, num_items, rows, {items.const_data_ptr<int32_t>(), rows.size()},
                              {weights.const_data_ptr<float>(), rows.size()}, Repeats::kMax);
}

at::Tensor Interactions::item_counts(double half_life_days) const {
  const int64_t newest = latest_time();
  const bool decays = half_life_days > 0 && newest != kNoTime;
  std::vector<double> counts(static_cast<size_t>(num_items), 0);
  const int32_t* const item = items.const_data_ptr<int32_t>();
  const int64_t* const time = times.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < num_events(); ++i) {
    const double age_days = decays && time[i] != kNoTime ? static_cast<double>(newest - time[i]) / kMicrosPerDay : 0;
    counts[static_cast<size_t>(item[i])] += decays ? std::exp2(-age_days / half_life_days) : 1;
  }
  at::Tensor result = at::empty({num_items}, at::kFloat);
  float* const out = result.data_ptr<float>();
  for (int64_t i = 0; i < num_items; ++i) {
    out[i] = static_cast<float>(counts[static_cast<size_t>(i)]);
  }
  return result;
}

int64_t Interactions::latest_time() const {
  int64_t newest = kNoTime;
  const int64_t* const time = times.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < num_events(); ++i) {
    newest = std::max(newest, time[i]);
  }
  return newest;
}

}  // namespace haina
