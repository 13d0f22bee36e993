#include "fusion/sequence_sampler.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <utility>

#include "fusion/sequence_encoder.h"

namespace haina {

SequenceBatch moved(const SequenceBatch& batch, at::Device device) {
  SequenceBatch result = batch;
  for (at::Tensor* const tensor : {&result.rows, &result.inputs, &result.gaps, &result.users, &result.places,
                                   &result.targets, &result.candidates, &result.log_chance, &result.time_buckets}) {
    *tensor = tensor->defined() ? tensor->to(device) : *tensor;
  }
  return result;
}

SequenceSampler::SequenceSampler(const Interactions& train, const Trend* trend, const Options& options)
    : train_(train),
      trend_(trend),
      options_(options),
      repeats_(static_cast<size_t>(train.num_events()), false),
      share_(static_cast<size_t>(train.num_items), 0),
      timed_(train.num_events() > 0 && train.has_times()) {
  if (options_.negatives >= train.num_items) {
    options_.negatives = 0;
  }
  const int64_t* const offsets = train.offsets.const_data_ptr<int64_t>();
  const int32_t* const items = train.items.const_data_ptr<int32_t>();
  for (int64_t u = 0; u < train.num_users; ++u) {
    std::set<int32_t> seen;
    for (int64_t e = offsets[u]; e < offsets[u + 1]; ++e) {
      repeats_[static_cast<size_t>(e)] = !seen.insert(items[e]).second;
    }
    for (int64_t end = offsets[u + 1]; end - offsets[u] >= 2; end -= options_.longest) {
      Piece piece = {static_cast<int32_t>(u), std::max(offsets[u], end - options_.longest - 1), end, 0};
      for (int64_t e = piece.begin + 1; e < end; ++e) {
        if (!repeats_[static_cast<size_t>(e)]) {
          ++piece.targets;
          ++share_[static_cast<size_t>(items[e])];
        }
      }
      if (piece.targets > 0) {
        num_targets_ += piece.targets;
        pieces_.push_back(piece);
      }
    }
  }
  for (float& share : share_) {
    share /= static_cast<float>(std::max<int64_t>(1, num_targets_));
  }
}

std::vector<std::vector<int32_t>> SequenceSampler::plan(RandomStream& random) const {
  constexpr double kBlur = 0.15;  // share of a length, so that batches differ between epochs
  std::vector<std::pair<double, int32_t>> order;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    const auto length = static_cast<double>(pieces_[i].end - pieces_[i].begin);
    order.emplace_back(length * (1 + kBlur * (2 * random.uniform() - 1)), static_cast<int32_t>(i));
  }
  std::ranges::sort(order);
  std::vector<std::vector<int32_t>> batches;
  int64_t tokens = options_.tokens;
  for (const auto& [length, piece] : order) {
    if (tokens >= options_.tokens) {
      batches.emplace_back();
      tokens = 0;
    }
    batches.back().push_back(piece);
    tokens += pieces_[static_cast<size_t>(piece)].targets;
  }
  for (size_t i = batches.size(); i > 1; --i) {
    std::swap(batches[i - 1], batches[static_cast<size_t>(random.below(static_cast<int64_t>(i)))]);
  }
  return batches;
}

namespace {

// The index of an item; `index` is empty if the batch has all items.
int64_t index_of(const std::vector<int64_t>& index, int32_t item) {
  return index.empty() ? int64_t{item} : index[static_cast<size_t>(item)];
}

}  // namespace

SequenceSampler::ItemIndex SequenceSampler::choose_items(std::span<const int32_t> pieces, int64_t targets,
                                                         RandomStream& random, SequenceBatch& batch) const {
  constexpr uint8_t kRead = 1, kRanked = 2;
  const int32_t* const items = train_.items.const_data_ptr<int32_t>();
  const auto n = static_cast<size_t>(train_.num_items);
  std::vector<uint8_t> use(n, 0);
  for (const int32_t p : pieces) {
    const Piece& piece = pieces_[static_cast<size_t>(p)];
    for (int64_t e = piece.begin; e < piece.end; ++e) {
      const bool is_target = e > piece.begin && !repeats_[static_cast<size_t>(e)];
      use[static_cast<size_t>(items[e])] |=
          static_cast<uint8_t>((e + 1 < piece.end ? kRead : 0U) | (is_target ? kRanked : 0U));
    }
  }
  for (int64_t i = 0; i < options_.negatives; ++i) {
    use[static_cast<size_t>(random.below(train_.num_items))] |= kRanked;
  }
  ItemIndex index = {.row = std::vector<int64_t>(n, 0), .column = std::vector<int64_t>(n, 0)};
  std::vector<int64_t> rows, candidates;
  std::vector<float> log_chance;
  // The log of the probability that no negative is this item.
  const double undrawn =
      static_cast<double>(options_.negatives) * std::log1p(-1 / static_cast<double>(train_.num_items));
  for (size_t i = 0; i < n; ++i) {
    if (use[i] == 0) {
      continue;
    }
    index.row[i] = std::ssize(rows);
    if ((use[i] & kRanked) != 0) {
      index.column[i] = std::ssize(candidates);
      candidates.push_back(std::ssize(rows));
      const double missing =
          static_cast<double>(targets) * std::log1p(-std::min(0.999999, static_cast<double>(share_[i]))) + undrawn;
      log_chance.push_back(static_cast<float>(std::log(-std::expm1(missing))));
    }
    rows.push_back(static_cast<int64_t>(i));
  }
  batch.rows = at::tensor(rows, at::kLong);
  batch.candidates = at::tensor(candidates, at::kLong);
  batch.log_chance = at::tensor(log_chance, at::kFloat);
  return index;
}

SequenceBatch SequenceSampler::draw(std::span<const int32_t> pieces, RandomStream& random) const {
  const int32_t* const items = train_.items.const_data_ptr<int32_t>();
  const int64_t* const times = train_.times.const_data_ptr<int64_t>();
  const int64_t count = std::ssize(pieces);
  int64_t longest = 0, targets = 0;
  for (const int32_t p : pieces) {
    const Piece& piece = pieces_[static_cast<size_t>(p)];
    longest = std::max(longest, piece.end - piece.begin - 1);
    targets += piece.targets;
  }
  SequenceBatch batch;
  const ItemIndex index = options_.negatives > 0 ? choose_items(pieces, targets, random, batch) : ItemIndex();
  batch.inputs = at::zeros({count, longest}, at::kLong);
  batch.gaps = timed_ ? at::zeros({count, longest}, at::kLong) : at::Tensor();
  batch.users = at::empty({count}, at::kLong);
  batch.places = at::empty({targets}, at::kLong);
  batch.targets = at::empty({targets}, at::kLong);
  batch.time_buckets = trend_ != nullptr ? at::empty({targets}, at::kLong) : at::Tensor();
  int64_t target = 0;
  for (int64_t b = 0; b < count; ++b) {
    const Piece& piece = pieces_[static_cast<size_t>(pieces[static_cast<size_t>(b)])];
    batch.users.data_ptr<int64_t>()[b] = piece.user;
    for (int64_t e = piece.begin; e + 1 < piece.end; ++e) {
      const int64_t at = b * longest + e - piece.begin;
      batch.inputs.data_ptr<int64_t>()[at] = index_of(index.row, items[e]);
      if (timed_ && e > piece.begin) {
        batch.gaps.data_ptr<int64_t>()[at] = SequenceEncoder::gap_of(times[e], times[e - 1]);
      }
      if (!repeats_[static_cast<size_t>(e) + 1]) {
        batch.places.data_ptr<int64_t>()[target] = at;
        batch.targets.data_ptr<int64_t>()[target] = index_of(index.column, items[e + 1]);
        if (trend_ != nullptr) {
          batch.time_buckets.data_ptr<int64_t>()[target] = trend_->bucket_of(times[e + 1]);
        }
        ++target;
      }
    }
  }
  return batch;
}

}  // namespace haina
