#include "fusion/batches.h"

#include <cmath>

namespace haina {
namespace {

constexpr double kDenseHistory = 60;  // mean history length from which a set counts as dense

Csr with_moments(Interactions train, const Trend* trend) {
  train.weights = at::ones_like(train.weights);
  for (int64_t i = 0; i < train.num_events() && trend != nullptr; ++i) {
    train.weights.data_ptr<float>()[i] =
        static_cast<float>(trend->moment_of(train.times.const_data_ptr<int64_t>()[i]) + 1);
  }
  return train.matrix();
}

}  // namespace

Batches::Batches(const Interactions& train, const Trend* trend, double history_dropout)
    : matrix_(with_moments(train, trend)), timed_(trend != nullptr), history_dropout_(history_dropout) {
  for (int64_t u = 0; u < matrix_.num_rows(); ++u) {
    if (matrix_.row(u).size() >= 2) {
      users_.push_back(static_cast<int32_t>(u));
    }
  }
  dense_ = static_cast<double>(matrix_.nnz()) > kDenseHistory * static_cast<double>(users_.size());
}

Batch Batches::draw(std::span<const int32_t> users, RandomStream& random) const {
  const int64_t count = std::ssize(users);
  const int64_t num_items = matrix_.num_cols;
  Batch batch = {at::empty({count}, at::kLong), at::zeros({count, num_items}),
                 at::zeros({count, num_items}), at::ones({count}),
                 at::zeros({count}, at::kLong), 0};
  for (int64_t b = 0; b < count; ++b) {
    const int32_t user = users[static_cast<size_t>(b)];
    batch.users.data_ptr<int64_t>()[b] = user;
    const auto items = matrix_.row(user);
    const bool newcomer = random.uniform() < history_dropout_;
    const double share = newcomer ? 1 : dense_ ? 0.2 : 0.2 + 0.6 * random.uniform();
    std::vector<size_t> in, out;  // positions in the row
    for (size_t i = 0; i < items.size(); ++i) {
      (random.uniform() < share ? out : in).push_back(i);
    }
    std::vector<size_t>& full = in.empty() ? out : in;
    if ((in.empty() && !newcomer) || out.empty()) {
      const auto moved = full.begin() + random.below(std::ssize(full));
      (in.empty() ? in : out).push_back(*moved);
      full.erase(moved);
    }
    batch.has_history.data_ptr<float>()[b] = in.empty() ? 0.0F : 1.0F;
    if (timed_) {
      // The user is asked at the moment of one target; those before it are no question any more.
      const auto moment = [&](size_t i) { return static_cast<int64_t>(matrix_.row_values(user)[i]) - 1; };
      const int64_t asked = moment(out[static_cast<size_t>(random.below(std::ssize(out)))]);
      batch.moments.data_ptr<int64_t>()[b] = asked;
      std::erase_if(out, [&](size_t i) { return moment(i) < asked; });
    }
    const float in_value = 1 / std::sqrt(static_cast<float>(std::max<size_t>(1, in.size())));
    const float out_value = dense_ ? 1.0F : 1 / std::sqrt(static_cast<float>(out.size()));
    for (const size_t i : in) {
      batch.kept.data_ptr<float>()[b * num_items + items[i]] = in_value;
    }
    for (const size_t i : out) {
      batch.target.data_ptr<float>()[b * num_items + items[i]] = out_value;
      batch.weight += out_value;
    }
  }
  return batch;
}

}  // namespace haina
