#include "metrics/validation_metric.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/seed.h"
#include "kernels/topk.h"

namespace haina {
namespace {

constexpr size_t kBatch = 256;  // users

enum class Gain { kNdcg, kRecall };
struct Metric {
  Gain gain = Gain::kNdcg;
  int64_t cut = 10;
};

Metric parse_metric(const std::string& metric) {
  const size_t at = metric.find('@');
  HAINA_ASSERT(at != std::string::npos);
  const std::string name = metric.substr(0, at);
  HAINA_ASSERT(name == "ndcg" || name == "recall");
  return {name == "recall" ? Gain::kRecall : Gain::kNdcg, std::stoll(metric.substr(at + 1))};
}

// One user's: `list` holds items, best first, -1 where it is short; `truth` ascends and is not empty.
double value_of(const Metric& metric, std::span<const int32_t> list, std::span<const int32_t> truth) {
  double gain = 0;
  double ideal = 0;
  for (size_t r = 0; r < list.size(); ++r) {
    const double worth = metric.gain == Gain::kRecall ? 1 : 1 / std::log2(static_cast<double>(r) + 2);
    gain += std::ranges::binary_search(truth, list[r]) ? worth : 0;
    ideal += r < truth.size() ? worth : 0;
  }
  return gain / (metric.gain == Gain::kRecall ? static_cast<double>(truth.size()) : ideal);
}

// Every item that is not to be ranked last: [B, items], row b that of held.users[first + b].
at::Tensor only_among(const at::Tensor& scores, const HeldOut& held, int64_t first) {
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

HeldOut sample_users(const HeldOut& held, int64_t most, uint64_t seed) {
  if (std::ssize(held.users) <= most) {
    return held;
  }
  std::vector<int32_t> rows(held.users.size());
  std::iota(rows.begin(), rows.end(), 0);
  RandomStream random(seed, "validation/users");
  for (int64_t i = 0; i < most; ++i) {  // the first steps of a Fisher-Yates shuffle
    std::swap(rows[static_cast<size_t>(i)], rows[static_cast<size_t>(i + random.below(std::ssize(rows) - i))]);
  }
  rows.resize(static_cast<size_t>(most));
  std::ranges::sort(rows);
  HeldOut sample;
  for (const int32_t row : rows) {
    sample.users.push_back(held.users[static_cast<size_t>(row)]);
  }
  sample.truth = take_rows(held.truth, rows);
  sample.among = held.among.num_rows() > 0 ? take_rows(held.among, rows) : empty_csr(0, 0);
  return sample;
}

double validation_metric_of_lists(const BestOfAll& best, const HeldOut& held, const std::string& metric) {
  const Metric wanted = parse_metric(metric);
  double total = 0;
  for (size_t begin = 0; begin < held.users.size(); begin += kBatch) {
    const size_t count = std::min(kBatch, held.users.size() - begin);
    const RankedLists lists = best({held.users.data() + begin, count}, wanted.cut);
    const size_t width = static_cast<size_t>(lists.items.size(1));
    for (size_t b = 0; b < count; ++b) {
      total += value_of(wanted, {lists.items.const_data_ptr<int32_t>() + b * width, width},
                        held.truth.row(static_cast<int64_t>(begin + b)));
    }
  }
  return total / static_cast<double>(std::max<size_t>(1, held.users.size()));
}

double validation_metric(const ScoreAll& score, const HeldOut& held, const std::string& metric) {
  const auto best = [&](std::span<const UserState> batch, int64_t k) {
    at::Tensor scores = score(batch).contiguous();
    if (held.among.num_rows() > 0) {
      scores = only_among(scores, held, batch.data() - held.users.data());
    }
    for (size_t b = 0; b < batch.size(); ++b) {
      for (const UserEvent& event : batch[b].history) {
        scores.data_ptr<float>()[static_cast<int64_t>(b) * scores.size(1) + row_of(event.item)] =
            -std::numeric_limits<float>::infinity();
      }
    }
    return top_k(scores, k);
  };
  return validation_metric_of_lists(best, held, metric);
}

}  // namespace haina
