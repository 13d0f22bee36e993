#include "adam_rows.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/seed.h"

namespace haina {
namespace {

// Plain loops in double: gradients of an id added, then one step of Adam on its row.
void adam_rows_reference(at::Tensor& table, at::Tensor& first, at::Tensor& second, const at::Tensor& ids,
                         const at::Tensor& gradients, int64_t step, const AdamRowsOptions& o) {
  const at::Tensor sums = at::zeros(table.sizes(), at::kDouble).index_add(0, ids, gradients.to(at::kDouble));
  const at::Tensor touched = at::zeros({table.size(0)}, at::kBool).index_fill(0, ids, true).unsqueeze(1);
  first = at::where(touched, o.beta1 * first + (1 - o.beta1) * sums, first);
  second = at::where(touched, o.beta2 * second + (1 - o.beta2) * sums * sums, second);
  const double count = static_cast<double>(step);
  const at::Tensor move = o.learning_rate * (first / (1 - std::pow(o.beta1, count))) /
                          ((second / (1 - std::pow(o.beta2, count))).sqrt() + o.epsilon);
  table = at::where(touched, table - move, table);
}

TEST(AdamRows, EqualsThePlainLoopAndLeavesOtherRowsAlone) {
  at::Generator generator = make_generator(1, "adam_rows_test");
  for (const int64_t width : {1, 16, 19}) {
    at::Tensor table = at::randn({50, width}, generator), first = at::zeros({50, width}),
               second = at::zeros({50, width});
    at::Tensor expected = table.to(at::kDouble), mean = first.to(at::kDouble), square = second.to(at::kDouble);
    const at::Tensor untouched = table.slice(0, 40).clone();
    for (int64_t step = 1; step <= 4; ++step) {
      const at::Tensor ids = at::randint(0, 40, {70}, generator, at::kLong);  // many come more than once
      const at::Tensor gradients = at::randn({70, width}, generator);
      adam_rows(table, first, second, ids, gradients, step, {.learning_rate = 0.1});
      adam_rows_reference(expected, mean, square, ids, gradients, step, {.learning_rate = 0.1});
    }
    EXPECT_LT((table.to(at::kDouble) - expected).abs().max().item<double>(), 1e-5) << width;
    EXPECT_TRUE(at::equal(table.slice(0, 40), untouched));
    EXPECT_EQ(first.slice(0, 40).abs().sum().item<float>(), 0);
  }
}

TEST(AdamRows, SameBitsForAnyNumberOfThreads) {
  at::Generator generator = make_generator(2, "adam_rows_test");
  const at::Tensor start = at::randn({3000, 8}, generator), gradients = at::randn({9000, 8}, generator);
  const at::Tensor ids = at::randint(0, 3000, {9000}, generator, at::kLong);
  const int before = at::get_num_threads();
  std::vector<at::Tensor> results;
  for (const int threads : {1, 2, 7}) {
    at::set_num_threads(threads);
    at::Tensor table = start.clone(), first = at::zeros_like(start), second = at::zeros_like(start);
    adam_rows(table, first, second, ids, gradients, 1, {});
    results.push_back(table);
  }
  at::set_num_threads(before);
  EXPECT_TRUE(at::equal(results[0], results[1]));
  EXPECT_TRUE(at::equal(results[0], results[2]));
}

TEST(AdamRows, AnEmptyBatchChangesNothing) {
  at::Tensor table = at::ones({3, 2}), first = at::zeros({3, 2}), second = at::zeros({3, 2});
  adam_rows(table, first, second, at::empty({0}, at::kLong), at::empty({0, 2}), 1, {});
  EXPECT_TRUE(at::equal(table, at::ones({3, 2})));
}

}  // namespace
}  // namespace haina
