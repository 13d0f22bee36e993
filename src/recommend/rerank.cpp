#include "recommend/rerank.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "kernels/topk.h"

namespace haina {
namespace {

constexpr int64_t kPool = 10;  // candidates a place of the list
constexpr int64_t kLeastPool = 100;

std::vector<int32_t> best_of(const at::Tensor& scores, int64_t k) {
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

// The list as it grows, and what it has no room for any more.
class Growing {
 public:
  explicit Growing(const Reranking& how) : how_(how), of_quota_(how.quotas.size(), 0) {}
  bool has_room_for(int32_t item) const {
    for (size_t q = 0; q < how_.quotas.size(); ++q) {
      const Quota& quota = how_.quotas[q];
      if (quota.at_most >= 0 && of_quota_[q] >= quota.at_most && is_in(quota, item)) {
        return false;
      }
    }
    if (how_.most_of_a_category > 0) {
      for (const int32_t category : how_.categories.row(item)) {
        const auto found = of_category_.find(category);
        if (found != of_category_.end() && found->second >= how_.most_of_a_category) {
          return false;
        }
      }
    }
    return true;
  }
  void add(int32_t item) {
    items_.push_back(item);
    for (size_t q = 0; q < how_.quotas.size(); ++q) {
      of_quota_[q] += is_in(how_.quotas[q], item) ? 1 : 0;
    }
    if (how_.most_of_a_category > 0) {
      for (const int32_t category : how_.categories.row(item)) {
        ++of_category_[category];
      }
    }
  }
  int64_t missing(size_t quota) const { return std::max<int64_t>(0, how_.quotas[quota].at_least - of_quota_[quota]); }
  int64_t missing() const {
    int64_t all = 0;
    for (size_t q = 0; q < of_quota_.size(); ++q) {
      all += missing(q);
    }
    return all;
  }
  std::vector<int32_t>& items() { return items_; }

 private:
  const Reranking& how_;
  std::vector<int32_t> items_;
  std::vector<int64_t> of_quota_;
  std::map<int32_t, int64_t> of_category_;
};

}  // namespace

std::vector<int32_t> rerank(const at::Tensor& scores, int64_t k, const Reranking& how, const VectorsOf& vectors_of) {
  if (how.does_nothing()) {
    return best_of(scores, k);
  }
  const float* const score = scores.const_data_ptr<float>();
  std::vector<int32_t> pool = best_of(scores, std::max(kLeastPool, kPool * k));
  for (const Quota& quota : how.quotas) {  // what must be in may be far below
    if (quota.at_least > 0) {
      const at::Tensor members =
          scores.masked_fill(quota.member.logical_not(), -std::numeric_limits<float>::infinity());
      for (const int32_t item : best_of(members, quota.at_least + std::ssize(how.pins))) {
        if (std::ranges::find(pool, item) == pool.end()) {
          pool.push_back(item);
        }
      }
    }
  }
  Growing list(how);
  std::vector<Pin> pins = how.pins;
  std::erase_if(pins, [&](const Pin& pin) {
    return pin.item < 0 || pin.item >= scores.size(0) || !std::isfinite(score[pin.item]) || pin.position > k;
  });
  std::ranges::stable_sort(pins, {}, &Pin::position);
  for (const Pin& pin : pins) {
    std::erase(pool, pin.item);
  }
  const int64_t free_places = k - std::ssize(pins);
  for (const Pin& pin : pins) {
    list.add(pin.item);
  }
  std::vector<int32_t> chosen;  // of the pool, in order
  at::Tensor vectors, nearest;  // [pool, width]; [pool], cosine to the nearest item that was chosen
  if (how.diversity > 0 && !pool.empty()) {
    vectors = vectors_of(pool);
    nearest = at::zeros({std::ssize(pool)});
  }
  float low = 0, high = 0;
  if (!pool.empty()) {
    const auto by_score = [&](int32_t a, int32_t b) { return score[a] < score[b]; };
    low = score[*std::ranges::min_element(pool, by_score)];
    high = score[*std::ranges::max_element(pool, by_score)];
  }
  std::vector<bool> taken(pool.size(), false);
  while (std::ssize(chosen) < free_places) {
    const bool must = list.missing() >= free_places - std::ssize(chosen);
    std::ptrdiff_t best = -1;
    double best_value = 0;
    for (size_t c = 0; c < pool.size(); ++c) {
      if (taken[c] || !list.has_room_for(pool[c])) {
        continue;
      }
      if (must) {
        bool helps = false;
        for (size_t q = 0; q < how.quotas.size(); ++q) {
          helps = helps || (list.missing(q) > 0 && is_in(how.quotas[q], pool[c]));
        }
        if (!helps) {
          continue;
        }
      }
      double value = high > low ? (score[pool[c]] - low) / static_cast<double>(high - low) : 1;
      if (vectors.defined()) {
        value = (1 - how.diversity) * value - how.diversity * nearest.const_data_ptr<float>()[c];
      }
      if (best < 0 || value > best_value) {
        best = static_cast<std::ptrdiff_t>(c);
        best_value = value;
      }
    }
    if (best < 0 && must) {  // nothing left that the quotas want: the places go to the others
      for (size_t c = 0; c < pool.size() && best < 0; ++c) {
        best = !taken[c] && list.has_room_for(pool[c]) ? static_cast<std::ptrdiff_t>(c) : -1;
      }
    }
    if (best < 0) {
      break;
    }
    taken[static_cast<size_t>(best)] = true;
    list.add(pool[static_cast<size_t>(best)]);
    chosen.push_back(pool[static_cast<size_t>(best)]);
    if (vectors.defined()) {
      const at::Tensor near = at::mv(vectors, vectors[best]);
      nearest = chosen.size() == 1 ? near.contiguous() : at::maximum(nearest, near);
    }
  }
  for (const Pin& pin : pins) {
    const auto place = std::min<std::ptrdiff_t>(pin.position - 1, std::ssize(chosen));
    chosen.insert(chosen.begin() + place, pin.item);
  }
  return chosen;
}

}  // namespace haina
