// The filter on the graph of users and items against the filter of the dense spectrum.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "dense.h"

namespace haina {
namespace {

TEST(GraphFilter, EqualsTheFilterOfTheDenseSpectrum) {
  const SmallData data = small_data();
  const at::Tensor x = to_tensor(dense_x(data.train));
  const at::Tensor by_item = at::where(x.sum(0) > 0, x.sum(0).rsqrt(), 0.0);
  const at::Tensor n = x * x.sum(1, true).rsqrt() * by_item;
  const auto [u, s, vt] = at::linalg_svd(n, false);
  for (const int64_t rank : {int64_t{5}, kItems}) {
    for (const double noise : {0.1, 1.0}) {
      // The first `rank` directions get s²/(s² + c), the others s² with the slope at the last of them.
      const at::Tensor squares = s.square();
      const at::Tensor last = squares[rank - 1];
      const at::Tensor gain = at::where(squares >= last, squares / (squares + noise), squares / (last + noise));
      const at::Tensor expected = at::mm(at::mm(x * by_item, vt.t()) * gain, vt) * x.sum(0).pow(0.4);
      // Large catalogs use walks over users, small ones a precomputed product.
      for (const int64_t without_events : {0, 5000}) {
        SmallData padded = data;
        padded.train.num_items += without_events;
        const auto expert =
            fitted("graph_filter", padded, {{"rank", static_cast<double>(rank)}, {"noise", noise}, {"pop_power", 0.4}});
        const at::Tensor got = expert->score(padded.states).to(at::kDouble);
        // The directions are exact if all are computed, and inexact near the cut otherwise.
        EXPECT_LT((got.narrow(1, 0, kItems) - expected).abs().max().item<double>(), rank == kItems ? 1e-4 : 1e-2)
            << "rank " << rank << ", " << without_events << " more items";
        EXPECT_EQ(got.narrow(1, kItems, without_events).abs().sum().item<double>(), 0);
      }
    }
  }
}

}  // namespace
}  // namespace haina
