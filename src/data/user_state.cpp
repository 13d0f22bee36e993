#include "data/user_state.h"

namespace haina {

std::vector<UserState> states_of(const Interactions& train) {
  std::vector<UserState> states(static_cast<size_t>(train.num_users));
  const int64_t* const o = train.offsets.const_data_ptr<int64_t>();
  const int32_t* const items = train.items.const_data_ptr<int32_t>();
  const uint8_t* const actions = train.actions.const_data_ptr<uint8_t>();
  const float* const weights = train.weights.const_data_ptr<float>();
  const float* const values = train.values.const_data_ptr<float>();
  const int64_t* const times = train.times.const_data_ptr<int64_t>();
  for (int64_t u = 0; u < train.num_users; ++u) {
    UserState& state = states[static_cast<size_t>(u)];
    state.user = static_cast<int32_t>(u);
    state.history.reserve(static_cast<size_t>(o[u + 1] - o[u]));
    for (int64_t i = o[u]; i < o[u + 1]; ++i) {
      state.history.push_back({ItemId{items[i]}, actions[i], weights[i], values[i], times[i]});
    }
  }
  return states;
}

}  // namespace haina
