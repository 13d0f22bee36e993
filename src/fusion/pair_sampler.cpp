#include "fusion/pair_sampler.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <set>
#include <unordered_map>
#include <utility>

namespace haina {

PairBatch moved(const PairBatch& batch, at::Device device) {
  return {.users = batch.users.to(device),
          .rows = batch.rows.to(device),
          .items = batch.items.to(device),
          .history = batch.history.to(device),
          .lengths = batch.lengths.to(device),
          .labels = batch.labels.to(device)};
}

PairSampler::PairSampler(const Interactions& train, const Interactions* others, const Options& options)
    : num_items_(train.num_items), options_(options), offsets_({0}) {
  const auto add = [&](int32_t user, int32_t item, float label) {
    users_.push_back(user);
    items_.push_back(item);
    labels_.push_back(label);
  };
  for (int32_t user = 0; user < train.num_users; ++user) {
    const auto row = train.row(user);
    std::set<int32_t> distinct;
    for (auto item = row.rbegin(); item != row.rend(); ++item) {
      if (distinct.insert(*item).second) {
        had_.push_back(*item);
        add(user, *item, 1);
      }
    }
    sorted_.insert(sorted_.end(), distinct.begin(), distinct.end());
    offsets_.push_back(std::ssize(had_));
  }
  for (int32_t user = 0; others != nullptr && user < others->num_users; ++user) {
    const auto row = others->row(user);
    const int64_t first = others->offsets.const_data_ptr<int64_t>()[user];
    std::set<int32_t> distinct;
    for (size_t i = 0; i < row.size(); ++i) {
      const bool answered = std::isfinite(others->values.const_data_ptr<float>()[first + static_cast<int64_t>(i)]);
      if (answered && !has(user, row[i]) && distinct.insert(row[i]).second) {
        add(user, row[i], 0);
        observed_ = true;
      }
    }
  }
}

std::span<const int32_t> PairSampler::items_of(int32_t user) const {
  const auto first = static_cast<size_t>(offsets_[static_cast<size_t>(user)]);
  return std::span(had_).subspan(first, static_cast<size_t>(offsets_[static_cast<size_t>(user) + 1]) - first);
}

bool PairSampler::has(int32_t user, int32_t item) const {
  const auto begin = sorted_.begin() + offsets_[static_cast<size_t>(user)];
  const auto end = sorted_.begin() + offsets_[static_cast<size_t>(user) + 1];
  return std::binary_search(begin, end, item);
}

int32_t PairSampler::item_without(int32_t user, RandomStream& random) const {
  for (int tries = 0; tries < 100; ++tries) {
    const auto item = static_cast<int32_t>(random.below(num_items_));
    if (!has(user, item)) {
      return item;
    }
  }
  return -1;  // a user who had nearly everything
}

std::vector<std::vector<int32_t>> PairSampler::plan(int64_t batch, RandomStream& random) const {
  std::vector<int32_t> order(users_.size());
  std::iota(order.begin(), order.end(), 0);
  for (size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<size_t>(random.below(static_cast<int64_t>(i)))]);
  }
  const int64_t together = observed_ ? 1 : 1 + options_.negatives;
  const auto size = static_cast<size_t>(std::max<int64_t>(1, batch / together));
  std::vector<std::vector<int32_t>> steps;
  for (size_t begin = 0; begin < order.size(); begin += size) {
    const auto part = std::span(order).subspan(begin, std::min(size, order.size() - begin));
    steps.emplace_back(part.begin(), part.end());
  }
  return steps;
}

PairBatch PairSampler::draw(std::span<const int32_t> step, RandomStream& random) const {
  std::vector<int64_t> users, items;
  std::vector<float> labels;
  const auto add = [&](int32_t user, int32_t item, float label) {
    users.push_back(user);
    items.push_back(item);
    labels.push_back(label);
  };
  for (const int32_t pair : step) {
    const auto p = static_cast<size_t>(pair);
    add(users_[p], items_[p], labels_[p]);
    for (int64_t n = 0; !observed_ && n < options_.negatives; ++n) {
      if (const int32_t item = item_without(users_[p], random); item >= 0) {
        add(users_[p], item, 0);
      }
    }
  }

  std::vector<int64_t> rows;
  std::unordered_map<int64_t, int64_t> place;
  const auto place_of = [&](int64_t item) {
    const auto [found, added] = place.emplace(item, std::ssize(rows));
    if (added) {
      rows.push_back(item);
    }
    return found->second;
  };
  std::vector<std::vector<int64_t>> histories(users.size());
  std::vector<float> lengths;
  int64_t longest = 0;
  for (size_t b = 0; b < users.size(); ++b) {
    for (const int32_t item : items_of(static_cast<int32_t>(users[b]))) {
      if (!options_.history || std::ssize(histories[b]) == kLongest) {
        break;
      }
      if (item != items[b]) {
        histories[b].push_back(place_of(item));
      }
    }
    longest = std::max(longest, std::ssize(histories[b]));
    lengths.push_back(static_cast<float>(histories[b].size()));
    items[b] = place_of(items[b]);
  }
  at::Tensor history = at::zeros({std::ssize(users), longest}, at::kLong);
  for (size_t b = 0; b < histories.size(); ++b) {
    std::ranges::copy(histories[b], history.data_ptr<int64_t>() + static_cast<int64_t>(b) * longest);
  }
  return {.users = at::tensor(users, at::kLong),
          .rows = at::tensor(rows, at::kLong),
          .items = at::tensor(items, at::kLong),
          .history = history,
          .lengths = at::tensor(lengths, at::kFloat),
          .labels = at::tensor(labels, at::kFloat)};
}

}  // namespace haina
