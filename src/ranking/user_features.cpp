#include "ranking/user_features.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "data/interactions.h"

namespace haina {

at::Tensor user_features_of(std::span<const UserState> users) {
  at::Tensor user_features = at::zeros({std::ssize(users), kUserFeatures}, at::kFloat);
  float* const out = user_features.data_ptr<float>();
  for (size_t b = 0; b < users.size(); ++b) {
    const UserState& user = users[b];
    float* const row = out + static_cast<int64_t>(b) * kUserFeatures;
    row[0] = std::log1p(static_cast<float>(user.history.size()));
    row[1] = user.history.empty() ? 1.0F : 0.0F;
    if (!user.history.empty() && user.now_us != kNoTime && user.history.back().time_us != kNoTime) {
      row[2] = std::log1p(static_cast<float>(
          static_cast<double>(std::max<int64_t>(0, user.now_us - user.history.back().time_us)) / kMicrosPerDay));
    }
  }
  return user_features;
}

}  // namespace haina
