#include "evaluation/candidates.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/draw_to_front.h"
#include "base/seed.h"
#include "kernels/csr.h"

namespace haina {

Csr sample_candidates(const HeldOut& held_out, int64_t count, uint64_t seed) {
  std::vector<int32_t> rows, columns;
  RandomStream stream(seed, "sampled candidates");
  for (int64_t u = 0; u < std::ssize(held_out.users); ++u) {
    std::vector<int32_t> excluded = seen_items(held_out.users[static_cast<size_t>(u)]);
    const std::span<const int32_t> truth = held_out.truth.row(u);
    excluded.insert(excluded.end(), truth.begin(), truth.end());
    std::sort(excluded.begin(), excluded.end());
    std::vector<int32_t> free;
    for (int32_t item = 0; item < held_out.truth.num_cols; ++item) {
      if (!std::binary_search(excluded.begin(), excluded.end(), item)) {
        free.push_back(item);
      }
    }
    const int64_t drawn = draw_to_front(free, count, stream);
    rows.insert(rows.end(), static_cast<size_t>(drawn), static_cast<int32_t>(u));
    columns.insert(columns.end(), free.begin(), free.begin() + drawn);
  }
  return csr_from_coordinates(held_out.truth.num_rows(), held_out.truth.num_cols, rows, columns,
                              std::vector<float>(rows.size(), 1), Repeats::kMax);
}

PublishedCandidates published_candidates(const HeldOut& held_out, const Csr& negatives) {
  PublishedCandidates published;
  std::vector<int32_t> kept, rows, columns;
  for (int32_t u = 0; u < std::ssize(held_out.users); ++u) {
    const UserState& user = held_out.users[static_cast<size_t>(u)];
    if (user.user < 0 || user.user >= negatives.num_rows() || negatives.row(user.user).empty()) {
      continue;
    }
    const std::span<const int32_t> truth = held_out.truth.row(u);
    const size_t before = columns.size();
    for (const int32_t item : negatives.row(user.user)) {
      if (!std::binary_search(truth.begin(), truth.end(), item)) {
        rows.push_back(static_cast<int32_t>(kept.size()));
        columns.push_back(item);
      }
    }
    const auto size = static_cast<int64_t>(columns.size() - before);
    published.fewest = kept.empty() ? size : std::min(published.fewest, size);
    published.most = std::max(published.most, size);
    kept.push_back(u);
    published.held_out.users.push_back(user);
  }
  published.held_out.truth = take_rows(held_out.truth, kept);
  published.candidates = csr_from_coordinates(std::ssize(kept), held_out.truth.num_cols, rows, columns,
                                              std::vector<float>(rows.size(), 1), Repeats::kMax);
  return published;
}

}  // namespace haina
