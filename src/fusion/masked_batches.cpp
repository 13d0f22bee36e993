#include "fusion/masked_batches.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>

namespace haina {
namespace {

constexpr double kDenseHistory = 60;  // the mean history length above which a dataset counts as dense

}  // namespace

float log_days(int64_t later_us, int64_t earlier_us) {
  return later_us == kNoTime || earlier_us == kNoTime
             ? 0.0F
             : static_cast<float>(std::log1p(
                   std::max(0.0, (static_cast<double>(later_us) - static_cast<double>(earlier_us)) / kMicrosPerDay)));
}

Batch moved(const Batch& batch, at::Device device) {
  Batch result = batch;
  for (at::Tensor* const tensor :
       {&result.users, &result.candidates, &result.log_weight, &result.kept, &result.target, &result.has_history,
        &result.time_buckets, &result.recent, &result.ages, &result.lengths}) {
    *tensor = tensor->defined() ? tensor->to(device) : *tensor;
  }
  return result;
}

MaskedBatchSampler::MaskedBatchSampler(const Interactions& train, const Trend* trend, double history_dropout,
                                       int64_t candidates)
    : matrix_(train.matrix()),
      newest_(static_cast<size_t>(matrix_.nnz())),
      times_(train.times),
      trend_(trend),
      history_dropout_(history_dropout),
      candidates_(candidates >= train.num_items ? 0 : candidates) {
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

MaskedBatchSampler::MaskedHistory MaskedBatchSampler::mask(int32_t user, RandomStream& random) const {
  const auto items = matrix_.row(user);
  const bool drop_history = random.uniform() < history_dropout_;
  const double share = drop_history ? 1 : dense_ ? 0.2 : 0.2 + 0.6 * random.uniform();
  MaskedHistory masked;
  auto& [kept, removed, recent, time_bucket] = masked;
  for (size_t i = 0; i < items.size(); ++i) {
    (random.uniform() < share ? removed : kept).push_back(i);
  }
  // At least one item is removed, and one kept unless the history is dropped.
  std::vector<size_t>& full = kept.empty() ? removed : kept;
  if ((kept.empty() && !drop_history) || removed.empty()) {
    const auto moved = full.begin() + random.below(std::ssize(full));
    (kept.empty() ? kept : removed).push_back(*moved);
    full.erase(moved);
  }
  if (trend_ != nullptr) {
    set_time(matrix_.row_offsets()[static_cast<size_t>(user)], masked, random);
  }
  return masked;
}

// The prediction is made at the time of one removed item. Removed items from before it are no targets any more, and
// kept items from then on are not part of the recent history.
void MaskedBatchSampler::set_time(int64_t first_cell, MaskedHistory& masked, RandomStream& random) const {
  auto& [kept, removed, recent, time_bucket] = masked;
  const int64_t* const times = times_.const_data_ptr<int64_t>();
  const auto event = [&](size_t i) { return newest_[static_cast<size_t>(first_cell) + i]; };
  const auto bucket = [&](size_t i) { return trend_->bucket_of(times[event(i)]); };
  const size_t target = removed[static_cast<size_t>(random.below(std::ssize(removed)))];
  time_bucket = bucket(target);
  std::erase_if(removed, [&, until = time_bucket](size_t i) { return bucket(i) < until; });
  for (const size_t i : kept) {
    if (event(i) < event(target)) {
      recent.push_back(first_cell + static_cast<int64_t>(i));
    }
  }
  std::ranges::sort(recent, std::greater(), [&](int64_t cell) { return newest_[static_cast<size_t>(cell)]; });
  recent.resize(std::min<size_t>(recent.size(), HistoryBatch::kLongest));
}

void MaskedBatchSampler::choose_candidates(std::span<const int32_t> users, RandomStream& random, Batch& batch) const {
  const int64_t num_items = matrix_.num_cols;
  std::vector<bool> chosen(static_cast<size_t>(num_items), false);
  int64_t certain = 0;
  for (const int32_t user : users) {
    for (const int32_t item : matrix_.row(user)) {
      certain += chosen[static_cast<size_t>(item)] ? 0 : 1;
      chosen[static_cast<size_t>(item)] = true;
    }
  }
  const std::vector<bool> of_users = chosen;
  // Some others are always drawn, even if the users' own items are many.
  const int64_t drawn = std::min(std::max(candidates_ - certain, candidates_ / 4), num_items - certain);
  for (int64_t left = drawn; left > 0;) {  // most items are not chosen, so few draws are repeated
    const auto item = static_cast<size_t>(random.below(num_items));
    left -= chosen[item] ? 0 : 1;
    chosen[item] = true;
  }
  batch.candidates = at::empty({certain + drawn}, at::kLong);
  batch.log_weight = at::zeros({certain + drawn});
  const auto stands_for = static_cast<float>(
      std::log(static_cast<double>(num_items - certain) / static_cast<double>(std::max<int64_t>(1, drawn))));
  int64_t column = 0;
  for (int64_t item = 0; item < num_items; ++item) {
    if (chosen[static_cast<size_t>(item)]) {
      batch.candidates.data_ptr<int64_t>()[column] = item;
      batch.log_weight.data_ptr<float>()[column++] = of_users[static_cast<size_t>(item)] ? 0 : stands_for;
    }
  }
}

namespace {

// The column of an item among the batch's candidates.
int64_t column_of(const Batch& batch, int32_t item) {
  if (!batch.candidates.defined()) {
    return item;
  }
  const int64_t* const begin = batch.candidates.const_data_ptr<int64_t>();
  return std::lower_bound(begin, begin + batch.candidates.size(0), int64_t{item}) - begin;
}

}  // namespace

void MaskedBatchSampler::fill_recent(std::span<const MaskedHistory> masked, Batch& batch) const {
  size_t longest = 0;
  for (const MaskedHistory& history : masked) {
    longest = std::max(longest, history.recent.size());
  }
  const int64_t count = std::ssize(masked);
  batch.recent = at::zeros({count, static_cast<int64_t>(longest)}, at::kLong);
  batch.ages = at::zeros({count, static_cast<int64_t>(longest)});
  batch.lengths = at::zeros({count}, at::kLong);
  const int64_t* const times = times_.const_data_ptr<int64_t>();
  for (size_t b = 0; b < masked.size(); ++b) {
    const std::vector<int64_t>& recent = masked[b].recent;
    batch.lengths.data_ptr<int64_t>()[b] = std::ssize(recent);
    for (size_t i = 0; i < recent.size(); ++i) {
      const auto cell = static_cast<size_t>(recent[i]);
      batch.recent.data_ptr<int64_t>()[b * longest + i] =
          column_of(batch, matrix_.columns.const_data_ptr<int32_t>()[cell]);
      batch.ages.data_ptr<float>()[b * longest + i] =
          log_days(times[newest_[static_cast<size_t>(recent[0])]], times[newest_[cell]]);
    }
  }
}

Batch MaskedBatchSampler::draw(std::span<const int32_t> users, RandomStream& random) const {
  const int64_t count = std::ssize(users);
  std::vector<MaskedHistory> masked;
  for (const int32_t user : users) {
    masked.push_back(mask(user, random));
  }
  Batch batch;
  int64_t columns = matrix_.num_cols;
  if (candidates_ > 0) {
    choose_candidates(users, random, batch);
    columns = batch.candidates.size(0);
  }
  batch.users = at::empty({count}, at::kLong);
  batch.dense = dense_;
  batch.kept = at::zeros({count, columns});
  batch.target = at::zeros({count, columns});
  batch.has_history = at::ones({count});
  batch.time_buckets = at::zeros({count}, at::kLong);
  for (int64_t b = 0; b < count; ++b) {
    const MaskedHistory& history = masked[static_cast<size_t>(b)];
    const int32_t user = users[static_cast<size_t>(b)];
    const auto items = matrix_.row(user);
    batch.users.data_ptr<int64_t>()[b] = user;
    batch.has_history.data_ptr<float>()[b] = history.kept.empty() ? 0.0F : 1.0F;
    batch.time_buckets.data_ptr<int64_t>()[b] = history.time_bucket;
    const float kept_value = 1 / std::sqrt(static_cast<float>(std::max<size_t>(1, history.kept.size())));
    const float target_value = dense_ ? 1.0F : 1 / std::sqrt(static_cast<float>(history.removed.size()));
    for (const size_t i : history.kept) {
      batch.kept.data_ptr<float>()[b * columns + column_of(batch, items[i])] = kept_value;
    }
    for (const size_t i : history.removed) {
      batch.target.data_ptr<float>()[b * columns + column_of(batch, items[i])] = target_value;
      batch.weight += target_value;
    }
  }
  fill_recent(masked, batch);
  return batch;
}

}  // namespace haina
