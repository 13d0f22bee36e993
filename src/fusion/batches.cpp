#include "fusion/batches.h"

#include <cmath>

namespace haina {
namespace {

constexpr double kDenseHistory = 60;  // mean history length from which a set counts as dense

}  // namespace

float log_days(int64_t later_us, int64_t earlier_us) {
  return later_us == kNoTime || earlier_us == kNoTime
             ? 0.0F
             : static_cast<float>(
                   std::log1p(std::max(0.0, static_cast<double>(later_us - earlier_us) / kMicrosPerDay)));
}

Batches::Batches(const Interactions& train, const Trend* trend, double history_dropout)
    : matrix_(train.matrix()),
      newest_(static_cast<size_t>(matrix_.nnz())),
      times_(train.times),
      trend_(trend),
      history_dropout_(history_dropout) {
  const int64_t* const first_event = train.offsets.const_data_ptr<int64_t>();
  const int64_t* const first_cell = matrix_.offsets.const_data_ptr<int64_t>();
  for (int64_t u = 0; u < train.num_users; ++u) {
    const auto events = train.row(u);
    const auto items = matrix_.row(u);
    for (size_t e = 0; e < events.size(); ++e) {
      const auto cell = std::ranges::lower_bound(items, events[e]) - items.begin();
      newest_[static_cast<size_t>(first_cell[u] + cell)] = first_event[u] + static_cast<int64_t>(e);
    }
  }
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
  Batch batch = {.users = at::empty({count}, at::kLong),
                 .kept = at::zeros({count, num_items}),
                 .target = at::zeros({count, num_items}),
                 .has_history = at::ones({count}),
                 .moments = at::zeros({count}, at::kLong),
                 .recent = {},
                 .ages = {},
                 .lengths = {}};
  const int64_t* const times = times_.const_data_ptr<int64_t>();
  std::vector<std::vector<int64_t>> recent(users.size());  // cells of the matrix
  for (int64_t b = 0; b < count; ++b) {
    const int32_t user = users[static_cast<size_t>(b)];
    batch.users.data_ptr<int64_t>()[b] = user;
    const auto items = matrix_.row(user);
    const int64_t first_cell = matrix_.row_offsets()[static_cast<size_t>(user)];
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
    if (trend_ != nullptr) {
      // The user is asked at the moment of one target; those before it are no question any more, and what was kept from
      // then on is not yet behaviour.
      const auto event = [&](size_t i) { return newest_[static_cast<size_t>(first_cell) + i]; };
      const auto moment = [&](size_t i) { return trend_->moment_of(times[event(i)]); };
      const size_t asked = out[static_cast<size_t>(random.below(std::ssize(out)))];
      const int64_t now = batch.moments.data_ptr<int64_t>()[b] = moment(asked);
      std::erase_if(out, [&](size_t i) { return moment(i) < now; });
      std::vector<int64_t>& before = recent[static_cast<size_t>(b)];
      for (const size_t i : in) {
        if (event(i) < event(asked)) {
          before.push_back(first_cell + static_cast<int64_t>(i));
        }
      }
      std::ranges::sort(before, std::greater(), [&](int64_t cell) { return newest_[static_cast<size_t>(cell)]; });
      before.resize(std::min<size_t>(before.size(), HistoryBatch::kLongest));
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
  size_t longest = 0;
  for (const std::vector<int64_t>& cells : recent) {
    longest = std::max(longest, cells.size());
  }
  batch.recent = at::zeros({count, static_cast<int64_t>(longest)}, at::kLong);
  batch.ages = at::zeros({count, static_cast<int64_t>(longest)});
  batch.lengths = at::zeros({count}, at::kLong);
  for (size_t b = 0; b < recent.size(); ++b) {
    batch.lengths.data_ptr<int64_t>()[b] = std::ssize(recent[b]);
    for (size_t i = 0; i < recent[b].size(); ++i) {
      const auto cell = static_cast<size_t>(recent[b][i]);
      batch.recent.data_ptr<int64_t>()[b * longest + i] = matrix_.columns.const_data_ptr<int32_t>()[cell];
      batch.ages.data_ptr<float>()[b * longest + i] =
          log_days(times[newest_[static_cast<size_t>(recent[b][0])]], times[newest_[cell]]);
    }
  }
  return batch;
}

}  // namespace haina
