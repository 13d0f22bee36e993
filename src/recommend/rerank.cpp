#include "recommend/rerank.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>

#include "kernels/topk.h"

namespace haina {
namespace {

constexpr int64_t kPoolPerPosition = 10;  // candidates for each position of the list
constexpr int64_t kLeastPool = 100;

std::vector<int32_t> best_items(const at::Tensor& scores, int64_t k) {
  const RankedLists lists = top_k(scores.unsqueeze(0).contiguous(), std::min(k, scores.size(0)));
  std::vector<int32_t> best;
  for (int64_t r = 0; r < lists.items.size(1); ++r) {
    if (const int32_t item = lists.items.const_data_ptr<int32_t>()[r];
        item >= 0 && std::isfinite(lists.scores.const_data_ptr<float>()[r])) {
      best.push_back(item);
    }
  }
  return best;
}

bool is_in(const Quota& quota, int32_t item) { return quota.member.const_data_ptr<bool>()[item]; }

// Counts the items that a list already holds against quotas and the limit per category.
class Limits {
 public:
  explicit Limits(const Reranking& reranking) : reranking_(reranking), in_quota_(reranking.quotas.size(), 0) {}
  bool allow(int32_t item) const {
    for (size_t q = 0; q < reranking_.quotas.size(); ++q) {
      const Quota& quota = reranking_.quotas[q];
      if (quota.at_most >= 0 && in_quota_[q] >= quota.at_most && is_in(quota, item)) {
        return false;
      }
    }
    if (reranking_.most_of_a_category > 0) {
      for (const int32_t category : reranking_.categories.row(item)) {
        const auto found = in_category_.find(category);
        if (found != in_category_.end() && found->second >= reranking_.most_of_a_category) {
          return false;
        }
      }
    }
    return true;
  }
  void add(int32_t item) {
    for (size_t q = 0; q < reranking_.quotas.size(); ++q) {
      in_quota_[q] += is_in(reranking_.quotas[q], item) ? 1 : 0;
    }
    if (reranking_.most_of_a_category > 0) {
      for (const int32_t category : reranking_.categories.row(item)) {
        ++in_category_[category];
      }
    }
  }
  // Items that quotas still require.
  int64_t missing() const {
    int64_t all = 0;
    for (size_t q = 0; q < in_quota_.size(); ++q) {
      all += missing(q);
    }
    return all;
  }
  // Whether the item is in a quota that still requires items.
  bool is_required(int32_t item) const {
    for (size_t q = 0; q < in_quota_.size(); ++q) {
      if (missing(q) > 0 && is_in(reranking_.quotas[q], item)) {
        return true;
      }
    }
    return false;
  }

 private:
  int64_t missing(size_t quota) const {
    return std::max<int64_t>(0, reranking_.quotas[quota].at_least - in_quota_[quota]);
  }

  const Reranking& reranking_;
  std::vector<int64_t> in_quota_;
  std::map<int32_t, int64_t> in_category_;
};

// The best candidates, and those that quotas require, which may rank far below.
std::vector<int32_t> candidate_pool(const at::Tensor& scores, int64_t k, const Reranking& reranking) {
  std::vector<int32_t> pool = best_items(scores, std::max(kLeastPool, kPoolPerPosition * k));
  for (const Quota& quota : reranking.quotas) {
    if (quota.at_least > 0) {
      const at::Tensor members =
          scores.masked_fill(quota.member.logical_not(), -std::numeric_limits<float>::infinity());
      for (const int32_t item : best_items(members, quota.at_least + std::ssize(reranking.pins))) {
        if (std::ranges::find(pool, item) == pool.end()) {
          pool.push_back(item);
        }
      }
    }
  }
  return pool;
}

// The pins of items that are candidates, at positions within the list, in order of position.
std::vector<Pin> valid_pins(const at::Tensor& scores, int64_t k, const Reranking& reranking) {
  std::vector<Pin> pins = reranking.pins;
  std::erase_if(pins, [&](const Pin& pin) {
    return pin.item < 0 || pin.item >= scores.size(0) || !std::isfinite(scores.const_data_ptr<float>()[pin.item]) ||
           pin.position > k;
  });
  std::ranges::stable_sort(pins, {}, &Pin::position);
  return pins;
}

// Maximal marginal relevance over a pool: the next item is the one with the largest
// (1 - diversity) x score, scaled to 0 .. 1 over the pool, - diversity x cosine to the nearest item chosen before.
class GreedyChoice {
 public:
  GreedyChoice(const at::Tensor& scores, std::vector<int32_t> pool, double diversity, const VectorsOf& vectors_of)
      : pool_(std::move(pool)), taken_(pool_.size(), false), diversity_(diversity) {
    if (pool_.empty()) {
      return;
    }
    const float* const score = scores.const_data_ptr<float>();
    for (const int32_t item : pool_) {
      scores_.push_back(score[item]);
    }
    low_ = *std::ranges::min_element(scores_);
    high_ = *std::ranges::max_element(scores_);
    if (diversity_ > 0) {
      vectors_ = vectors_of(pool_);
      nearest_ = at::zeros({std::ssize(pool_)});
    }
  }
  // Chooses up to `count` items that the limits allow, and counts them there.
  std::vector<int32_t> choose(int64_t count, Limits& limits) {
    while (std::ssize(chosen_) < count) {
      const bool only_required = limits.missing() >= count - std::ssize(chosen_);
      std::ptrdiff_t best = best_candidate(limits, only_required);
      if (best < 0 && only_required) {  // no candidate is left for the quotas: other items fill the list
        best = first_allowed(limits);
      }
      if (best < 0) {
        break;
      }
      take(best, limits);
    }
    return chosen_;
  }

 private:
  double value_of(size_t candidate) const {
    double value = high_ > low_ ? (scores_[candidate] - low_) / static_cast<double>(high_ - low_) : 1;
    if (vectors_.defined()) {
      value = (1 - diversity_) * value - diversity_ * nearest_.const_data_ptr<float>()[candidate];
    }
    return value;
  }
  std::ptrdiff_t best_candidate(const Limits& limits, bool only_required) const {
    std::ptrdiff_t best = -1;
    double best_value = 0;
    for (size_t c = 0; c < pool_.size(); ++c) {
      if (taken_[c] || !limits.allow(pool_[c]) || (only_required && !limits.is_required(pool_[c]))) {
        continue;
      }
      const double value = value_of(c);
      if (best < 0 || value > best_value) {
        best = static_cast<std::ptrdiff_t>(c);
        best_value = value;
      }
    }
    return best;
  }
  std::ptrdiff_t first_allowed(const Limits& limits) const {
    for (size_t c = 0; c < pool_.size(); ++c) {
      if (!taken_[c] && limits.allow(pool_[c])) {
        return static_cast<std::ptrdiff_t>(c);
      }
    }
    return -1;
  }
  void take(std::ptrdiff_t candidate, Limits& limits) {
    const int32_t item = pool_[static_cast<size_t>(candidate)];
    taken_[static_cast<size_t>(candidate)] = true;
    limits.add(item);
    chosen_.push_back(item);
    if (vectors_.defined()) {
      const at::Tensor near = at::mv(vectors_, vectors_[candidate]);
      nearest_ = chosen_.size() == 1 ? near.contiguous() : at::maximum(nearest_, near);
    }
  }

  std::vector<int32_t> pool_;
  std::vector<float> scores_;  // [pool]
  std::vector<bool> taken_;    // [pool]
  std::vector<int32_t> chosen_;
  double diversity_;
  float low_ = 0, high_ = 0;  // of scores_
  at::Tensor vectors_;        // float32 [pool, width]; undefined without diversity
  at::Tensor nearest_;        // float32 [pool]: cosine to the nearest chosen item
};

}  // namespace

std::vector<int32_t> rerank(const at::Tensor& scores, int64_t k, const Reranking& reranking,
                            const VectorsOf& vectors_of) {
  if (reranking.does_nothing()) {
    return best_items(scores, k);
  }
  std::vector<int32_t> pool = candidate_pool(scores, k, reranking);
  const std::vector<Pin> pins = valid_pins(scores, k, reranking);
  Limits limits(reranking);
  for (const Pin& pin : pins) {
    std::erase(pool, pin.item);
    limits.add(pin.item);
  }
  GreedyChoice choice(scores, std::move(pool), reranking.diversity, vectors_of);
  std::vector<int32_t> list = choice.choose(k - std::ssize(pins), limits);
  for (const Pin& pin : pins) {
    const auto position = std::min<std::ptrdiff_t>(pin.position - 1, std::ssize(list));
    list.insert(list.begin() + position, pin.item);
  }
  return list;
}

}  // namespace haina
