#include "fusion/masked_batches.h"

#include <algorithm>
#include <cmath>

namespace haina {
namespace {

constexpr double kDenseHistory = 60;  // mean history length from which a set counts as dense

}  // namespace

float log_days(int64_t later_us, int64_t earlier_us) {
  return later_us == kNoTime || earlier_us == kNoTime
             ? 0.0F
             : static_cast<float>(std::log1p(
                   std::max(0.0, (static_cast<double>(later_us) - static_cast<double>(earlier_us)) / kMicrosPerDay)));
}

Batch moved(const Batch& batch, at::Device device) {
  Batch there = batch;
  for (at::Tensor* const tensor : {&there.users, &there.candidates, &there.log_weight, &there.kept, &there.target,
                                   &there.has_history, &there.moments, &there.recent, &there.ages, &there.lengths}) {
    *tensor = tensor->defined() ? tensor->to(device) : *tensor;
  }
  return there;
}

Batches::Batches(const Interactions& train, const Trend* trend, double history_dropout, int64_t candidates)
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

Batches::Question Batches::ask(int32_t user, RandomStream& random) const {
  const auto items = matrix_.row(user);
  const int64_t first_cell = matrix_.row_offsets()[static_cast<size_t>(user)];
  const bool newcomer = random.uniform() < history_dropout_;
  const double share = newcomer ? 1 : dense_ ? 0.2 : 0.2 + 0.6 * random.uniform();
  Question question;
  auto& [in, out, recent, now] = question;
  for (size_t i = 0; i < items.size(); ++i) {
    (random.uniform() < share ? out : in).push_back(i);
  }
  std::vector<size_t>& full = in.empty() ? out : in;
  if ((in.empty() && !newcomer) || out.empty()) {
    const auto moved = full.begin() + random.below(std::ssize(full));
    (in.empty() ? in : out).push_back(*moved);
    full.erase(moved);
  }
  if (trend_ != nullptr) {
    // The user is asked at the moment of one target; those before it are no question any more, and what was kept from
    // then on is not yet behaviour.
    const int64_t* const times = times_.const_data_ptr<int64_t>();
    const auto event = [&](size_t i) { return newest_[static_cast<size_t>(first_cell) + i]; };
    const auto moment = [&](size_t i) { return trend_->moment_of(times[event(i)]); };
    const size_t asked = out[static_cast<size_t>(random.below(std::ssize(out)))];
    now = moment(asked);
    std::erase_if(out, [&, until = now](size_t i) { return moment(i) < until; });
    for (const size_t i : in) {
      if (event(i) < event(asked)) {
        recent.push_back(first_cell + static_cast<int64_t>(i));
      }
    }
    std::ranges::sort(recent, std::greater(), [&](int64_t cell) { return newest_[static_cast<size_t>(cell)]; });
    recent.resize(std::min<size_t>(recent.size(), HistoryBatch::kLongest));
  }
  return question;
}

void Batches::choose_candidates(std::span<const int32_t> users, RandomStream& random, Batch& batch) const {
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
  // Also where the users' own are many, so that the rest is heard of.
  const int64_t drawn = std::min(std::max(candidates_ - certain, candidates_ / 4), num_items - certain);
  for (int64_t left = drawn; left > 0;) {  // sparse, so that a second try is rare
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

Batch Batches::draw(std::span<const int32_t> users, RandomStream& random) const {
  const int64_t count = std::ssize(users);
  std::vector<Question> questions;
  for (const int32_t user : users) {
    questions.push_back(ask(user, random));
  }
  Batch batch;
  int64_t columns = matrix_.num_cols;
  if (candidates_ > 0) {
    choose_candidates(users, random, batch);
    columns = batch.candidates.size(0);
  }
  const auto column_of = [&](int32_t item) -> int64_t {
    if (!batch.candidates.defined()) {
      return item;
    }
    const int64_t* const begin = batch.candidates.const_data_ptr<int64_t>();
    return std::lower_bound(begin, begin + columns, int64_t{item}) - begin;
  };
  batch.users = at::empty({count}, at::kLong);
  batch.dense = dense_;
  batch.kept = at::zeros({count, columns});
  batch.target = at::zeros({count, columns});
  batch.has_history = at::ones({count});
  batch.moments = at::zeros({count}, at::kLong);
  size_t longest = 0;
  for (int64_t b = 0; b < count; ++b) {
    const Question& question = questions[static_cast<size_t>(b)];
    const int32_t user = users[static_cast<size_t>(b)];
    const auto items = matrix_.row(user);
    batch.users.data_ptr<int64_t>()[b] = user;
    batch.has_history.data_ptr<float>()[b] = question.in.empty() ? 0.0F : 1.0F;
    batch.moments.data_ptr<int64_t>()[b] = question.moment;
    const float in_value = 1 / std::sqrt(static_cast<float>(std::max<size_t>(1, question.in.size())));
    const float out_value = dense_ ? 1.0F : 1 / std::sqrt(static_cast<float>(question.out.size()));
    for (const size_t i : question.in) {
      batch.kept.data_ptr<float>()[b * columns + column_of(items[i])] = in_value;
    }
    for (const size_t i : question.out) {
      batch.target.data_ptr<float>()[b * columns + column_of(items[i])] = out_value;
      batch.weight += out_value;
    }
    longest = std::max(longest, question.recent.size());
  }
  batch.recent = at::zeros({count, static_cast<int64_t>(longest)}, at::kLong);
  batch.ages = at::zeros({count, static_cast<int64_t>(longest)});
  batch.lengths = at::zeros({count}, at::kLong);
  const int64_t* const times = times_.const_data_ptr<int64_t>();
  for (size_t b = 0; b < questions.size(); ++b) {
    const std::vector<int64_t>& recent = questions[b].recent;
    batch.lengths.data_ptr<int64_t>()[b] = std::ssize(recent);
    for (size_t i = 0; i < recent.size(); ++i) {
      const auto cell = static_cast<size_t>(recent[i]);
      batch.recent.data_ptr<int64_t>()[b * longest + i] = column_of(matrix_.columns.const_data_ptr<int32_t>()[cell]);
      batch.ages.data_ptr<float>()[b * longest + i] =
          log_days(times[newest_[static_cast<size_t>(recent[0])]], times[newest_[cell]]);
    }
  }
  return batch;
}

}  // namespace haina
