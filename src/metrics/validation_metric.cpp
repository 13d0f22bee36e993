#include "metrics/validation_metric.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "base/draw_to_front.h"
#include "base/error.h"
#include "base/seed.h"
#include "config/metric_spec.h"
#include "data/mask_history.h"
#include "kernels/csr.h"
#include "metrics/list_hits.h"

namespace haina {
namespace {

constexpr size_t kUsersABatch = 256;

// The scores of each user's candidates and truth; -inf for every other item. Row b belongs to held.users[first + b].
at::Tensor keep_candidates(const at::Tensor& scores, const HeldOut& held, int64_t first) {
  at::Tensor kept = at::full_like(scores, -std::numeric_limits<float>::infinity());
  for (int64_t b = 0; b < scores.size(0); ++b) {
    const float* const from = scores.const_data_ptr<float>() + b * scores.size(1);
    float* const to = kept.data_ptr<float>() + b * scores.size(1);
    for (const Csr* const ranked : {&held.among, &held.truth}) {
      for (const int32_t item : ranked->row(first + b)) {
        to[item] = from[item];
      }
    }
  }
  return kept;
}

}  // namespace

HeldOut take_users(const HeldOut& held, std::span<const int32_t> rows) {
  HeldOut taken;
  for (const int32_t row : rows) {
    taken.users.push_back(held.users[static_cast<size_t>(row)]);
  }
  taken.truth = take_rows(held.truth, rows);
  taken.among = held.among.num_rows() > 0 ? take_rows(held.among, rows) : empty_csr(0, 0);
  taken.item_weights = held.item_weights;
  return taken;
}

HeldOut sample_users(const HeldOut& held, int64_t most, uint64_t seed) {
  if (std::ssize(held.users) <= most) {
    return held;
  }
  std::vector<int32_t> rows(held.users.size());
  std::iota(rows.begin(), rows.end(), 0);
  RandomStream random(seed, "validation/users");
  rows.resize(static_cast<size_t>(draw_to_front(rows, most, random)));
  std::ranges::sort(rows);
  return take_users(held, rows);
}

double validation_metric_of_lists(const BestOfAll& best, const HeldOut& held, const std::string& metric) {
  const Result<MetricSpec> spec = parse_metric_spec(metric, "");
  HAINA_ASSERT(spec.has_value());
  const float* const weights = held.item_weights.defined() ? held.item_weights.const_data_ptr<float>() : nullptr;
  double total = 0, weighed = 0;
  for (size_t begin = 0; begin < held.users.size(); begin += kUsersABatch) {
    const size_t count = std::min(kUsersABatch, held.users.size() - begin);
    const RankedLists lists = best({held.users.data() + begin, count}, spec->cutoff);
    const size_t width = static_cast<size_t>(lists.items.size(1));
    for (size_t b = 0; b < count; ++b) {
      const std::span<const int32_t> list(lists.items.const_data_ptr<int32_t>() + b * width, width);
      const auto truth = held.truth.row(static_cast<int64_t>(begin + b));
      if (weights == nullptr) {
        total += truth.empty() ? 0 : user_metric(list, truth, *spec);
        continue;
      }
      for (const int32_t& item : truth) {
        total += static_cast<double>(weights[item]) * user_metric(list, {&item, 1}, *spec);
        weighed += static_cast<double>(weights[item]);
      }
    }
  }
  return weights != nullptr ? total / std::max(weighed, 1e-9)
                            : total / static_cast<double>(std::max<size_t>(1, held.users.size()));
}

double validation_metric(const ScoreAll& score, const HeldOut& held, const std::string& metric) {
  const auto best = [&](std::span<const UserState> batch, int64_t k) {
    at::Tensor scores = score(batch).contiguous();
    if (held.among.num_rows() > 0) {
      scores = keep_candidates(scores, held, batch.data() - held.users.data());
    }
    return top_k_unseen(scores, batch, k);
  };
  return validation_metric_of_lists(best, held, metric);
}

}  // namespace haina
