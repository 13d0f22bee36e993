#include "metrics/list_hits.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "base/error.h"

namespace haina {

void find_hits(std::span<const int32_t> list, std::span<const int32_t> truth, int64_t cutoff, std::vector<Hit>& hits) {
  hits.clear();
  for (int64_t rank = 0; rank < std::min(cutoff, std::ssize(list)); ++rank) {
    if (std::ranges::binary_search(truth, list[static_cast<size_t>(rank)])) {
      hits.push_back({.rank = rank});
    }
  }
}

double user_metric(std::span<const int32_t> list, std::span<const int32_t> truth, const MetricSpec& spec) {
  const auto entry = find_ranking_metric(spec.metric, "");
  HAINA_ASSERT(entry.has_value());
  if (truth.empty()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  std::vector<Hit> hits;
  find_hits(list, truth, spec.cutoff, hits);
  return (*entry)->value({.hits = hits, .num_relevant = std::ssize(truth), .gains = {}}, spec.cutoff);
}

}  // namespace haina
