// The hashed mask must look like independent draws and be the same for any number of threads.
#include "fusion/dropout.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace haina {
namespace {

constexpr int64_t kMany = 300'000;  // more than one chunk of the parallel loop

at::Tensor zeros_of_a_draw(double share, RandomStream& random, int64_t count = kMany) {
  return dropout(at::ones({count}), share, random).eq(0).to(at::kDouble);
}

// Within five standard errors of a mean of `count` draws.
void expect_share(double found, double share, int64_t count) {
  EXPECT_NEAR(found, share, 5 * std::sqrt(share * (1 - share) / static_cast<double>(count))) << share;
}

TEST(Dropout, ZeroesItsShareAndKeepsTheMean) {
  RandomStream random(1, "dropout_test");
  for (const double share : {0.01, 0.25, 0.5, 0.95}) {
    const at::Tensor y = dropout(at::ones({kMany}), share, random);
    const at::Tensor gone = y.eq(0);
    expect_share(gone.to(at::kDouble).mean().item<double>(), share, kMany);
    EXPECT_TRUE(at::allclose(y.masked_select(gone.logical_not()), at::full({1}, 1 / (1 - share))));
    EXPECT_NEAR(y.to(at::kDouble).mean().item<double>(), 1, 5 * std::sqrt(share / (1 - share) / kMany));
  }
}

TEST(Dropout, NeighboursDrawsAndStreamsAreIndependent) {
  constexpr double kShare = 0.3;
  RandomStream random(2, "dropout_test");
  const at::Tensor gone = zeros_of_a_draw(kShare, random);
  for (const int64_t lag : {1, 2, 3, 64, 128, 4096, 65536}) {
    const int64_t count = kMany - lag;
    const double both = (gone.narrow(0, 0, count) * gone.narrow(0, lag, count)).mean().item<double>();
    expect_share(both, kShare * kShare, count);
  }
  expect_share((gone * zeros_of_a_draw(kShare, random)).mean().item<double>(), kShare * kShare, kMany);
  // One position over many streams: the first and the last of a small row.
  constexpr int64_t kStreams = 4000;
  at::Tensor sum = at::zeros({8}, at::kDouble);
  for (int64_t s = 0; s < kStreams; ++s) {
    RandomStream one(static_cast<uint64_t>(s), "dropout_test");
    sum += zeros_of_a_draw(kShare, one, 8);
  }
  for (int64_t i = 0; i < 8; ++i) {
    expect_share(sum[i].item<double>() / kStreams, kShare, kStreams);
  }
}

TEST(Dropout, AStreamGivesTheSameMaskForAnyNumberOfThreads) {
  const int before = at::get_num_threads();
  const at::Tensor x = at::arange(1, kMany + 1, at::kFloat).reshape({3, -1});
  at::Tensor first;
  for (const int threads : {1, 2, 7}) {
    at::set_num_threads(threads);
    RandomStream random(3, "dropout_test");
    const at::Tensor y = dropout(x, 0.4, random);
    first = first.defined() ? first : y;
    EXPECT_TRUE(at::equal(y, first)) << threads << " threads";
    EXPECT_FALSE(at::equal(dropout(x, 0.4, random), y)) << "the next draw is another";
  }
  at::set_num_threads(before);
}

TEST(Dropout, AShareOfZeroChangesNeitherNumbersNorStream) {
  RandomStream random(4, "dropout_test"), untouched(4, "dropout_test");
  const at::Tensor x = at::arange(12, at::kFloat).reshape({3, 4});
  EXPECT_TRUE(at::equal(dropout(x, 0, random), x));
  EXPECT_EQ(random.next(), untouched.next());
}

TEST(Dropout, TakesOneDrawPerCallForAnySize) {
  RandomStream random(5, "dropout_test"), counted(5, "dropout_test");
  dropout(at::ones({70'000}), 0.5, random);
  dropout(at::ones({0, 4}), 0.5, random);
  counted.next();
  counted.next();
  EXPECT_EQ(random.next(), counted.next());
}

TEST(Dropout, ItsGradientIsTheMaskAlsoForATransposedInput) {
  RandomStream random(6, "dropout_test");
  at::Tensor x = at::arange(1, 2001, at::kFloat).reshape({40, 50}).t();
  x.set_requires_grad(true);
  const at::Tensor y = dropout(x, 0.5, random);
  y.sum().backward();
  EXPECT_TRUE(at::equal(y.detach(), x.detach() * x.grad()));
  EXPECT_TRUE(at::equal(x.grad().eq(0).logical_or(x.grad().eq(2)), at::ones({50, 40}, at::kBool)));
  EXPECT_TRUE(x.grad().eq(0).any().item<bool>());
}

}  // namespace
}  // namespace haina
