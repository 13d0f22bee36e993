#include "kernels/exact_mips.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "base/error.h"
#include "kernels/scored_item.h"
#include "kernels/simd_dispatch.h"
#include "kernels/simd_tile.h"

namespace haina {
namespace {

constexpr int64_t kQueryBlock = 128;               // queries that use a panel while it is in cache
constexpr int64_t kCachedPanels = 128 * 1024 / 4;  // floats of panels that stay in the second-level cache: half of it
constexpr int64_t kMaxPanels = 16;                 // scanned before floors are raised and finished queries leave
constexpr float kNone = -std::numeric_limits<float>::infinity();

struct Query {
  int64_t row = 0;
  double reach = 0;  // its norm times 1 + the relative rounding error of a product
  float floor = kNone;
  std::vector<Scored> kept = {};

  void cut(size_t k) {
    if (kept.size() > k) {
      std::nth_element(kept.begin(), kept.begin() + static_cast<int64_t>(k) - 1, kept.end(), better);
      kept.resize(k);
      floor = kept.back().score;
    }
  }
};

double norm_of(const float* row, int64_t d) {
  double squares = 0;
  for (int64_t c = 0; c < d; ++c) {
    squares += static_cast<double>(row[c]) * static_cast<double>(row[c]);
  }
  return std::sqrt(squares);
}

}  // namespace

ExactMips::ExactMips(const at::Tensor& rows) {
  HAINA_ASSERT(rows.dim() == 2 && rows.scalar_type() == at::kFloat);
  const at::Tensor from = rows.contiguous();
  const int64_t n = from.size(0), d = from.size(1);
  std::vector<double> norms(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) {
    norms[static_cast<size_t>(i)] = norm_of(from.const_data_ptr<float>() + i * d, d);
  }
  items_.resize(static_cast<size_t>(n));
  std::iota(items_.begin(), items_.end(), 0);
  std::ranges::stable_sort(items_, std::greater(), [&](int32_t i) { return norms[static_cast<size_t>(i)]; });
  for (const int32_t item : items_) {
    norms_.push_back(norms[static_cast<size_t>(item)]);
  }
  packed_rows_ = PackedRows(from.index_select(0, at::tensor(items_, at::kInt)));
}

RankedLists ExactMips::top(const at::Tensor& queries, int64_t k, const Csr& left_out) const {
  const int64_t d = packed_rows_.width(), n = packed_rows_.size();
  HAINA_ASSERT(queries.dim() == 2 && queries.size(1) == d && queries.scalar_type() == at::kFloat && k >= 0);
  HAINA_ASSERT(left_out.num_rows() == queries.size(0) && left_out.num_cols == n);
  const at::Tensor in = queries.contiguous();
  RankedLists lists = {at::full({in.size(0), k}, -1, at::kInt), at::full({in.size(0), k}, kNone, at::kFloat)};
  int32_t* const out_items = lists.items.data_ptr<int32_t>();
  float* const out_scores = lists.scores.data_ptr<float>();
  const size_t wanted = static_cast<size_t>(std::min(k, n));
  if (wanted == 0) {
    return lists;
  }
  // A product of d terms is off by less than d ulp of |u||v|, in whatever order it is summed (Higham 2002, 3.1).
  const double rounding = 1 + 1e-7 * static_cast<double>(d + 2);
  const int64_t panels = round_up(n, kLanes) / kLanes;
  const int64_t step = std::clamp<int64_t>(kCachedPanels / std::max<int64_t>(1, d * kLanes), 1, kMaxPanels);
  at::parallel_for(0, in.size(0), kTile, [&](int64_t begin, int64_t end) {
    std::vector<float> packed(static_cast<size_t>(kQueryBlock * d));
    std::vector<ScanHit> hits(static_cast<size_t>(step * kLanes * kTile));
    std::vector<Query> active;
    for (int64_t first = begin; first < end; first += kQueryBlock) {
      active.clear();
      for (int64_t row = first; row < std::min(first + kQueryBlock, end); ++row) {
        active.push_back({.row = row, .reach = norm_of(in.const_data_ptr<float>() + row * d, d) * rounding});
      }
      const auto finish = [&](Query& query) {
        const auto middle = query.kept.begin() + static_cast<int64_t>(std::min(wanted, query.kept.size()));
        std::partial_sort(query.kept.begin(), middle, query.kept.end(), better);
        for (auto it = query.kept.begin(); it != middle; ++it) {
          out_items[query.row * k + (it - query.kept.begin())] = it->item;
          out_scores[query.row * k + (it - query.kept.begin())] = it->score;
        }
      };
      bool changed = true;  // whether the active queries must be packed again
      for (int64_t p = 0; p < panels && !active.empty(); p += step) {
        if (changed) {
          std::fill(packed.begin(), packed.end(), 0.0F);
          for (size_t i = 0; i < active.size(); ++i) {
            put_in_tile(in.const_data_ptr<float>() + active[i].row * d, d, static_cast<int64_t>(i), packed.data());
          }
        }
        const int64_t last = std::min(p + step, panels);
        for (int64_t tile = 0; tile < std::ssize(active); tile += kTile) {
          float floors[kTile];
          for (int64_t i = 0; i < kTile; ++i) {
            floors[i] = tile + i < std::ssize(active) ? active[static_cast<size_t>(tile + i)].floor
                                                      : std::numeric_limits<float>::quiet_NaN();
          }
          const ScanJob job = {
              .queries = packed.data() + tile * d, .panels = packed_rows_.packed(), .floors = floors, .d = d};
          const int64_t found = simd_kernels().scan_panels(job, p, last, hits.data());
          for (const ScanHit& hit : std::span(hits.data(), static_cast<size_t>(found))) {
            if (hit.place >= n) {
              continue;
            }
            Query& query = active[static_cast<size_t>(tile + hit.query)];
            const int32_t item = items_[static_cast<size_t>(hit.place)];
            if (!std::ranges::binary_search(left_out.row(query.row), item)) {
              query.kept.push_back({hit.score, item});
            }
          }
        }
        const size_t before = active.size();
        std::erase_if(active, [&](Query& query) {
          query.cut(wanted);
          const int64_t next = last * kLanes;
          const bool done =
              next >= n || query.reach * norms_[static_cast<size_t>(next)] < static_cast<double>(query.floor);
          if (done) {
            finish(query);
          }
          return done;
        });
        changed = active.size() != before;
      }
    }
  });
  return lists;
}

}  // namespace haina
