#include "evaluation/candidates.h"

#include <gtest/gtest.h>

#include <vector>

#include "small_held_out.h"

namespace haina {
namespace {

TEST(SeenItems, AreDistinctAndAscend) {
  EXPECT_EQ(seen_items(user_with({4, 0, 4, 2})), (std::vector<int32_t>{0, 2, 4}));
  EXPECT_TRUE(seen_items(user_with({})).empty());
}

TEST(PublishedCandidates, KeepUsersWithCandidatesAndLeaveOutTheTruth) {
  HeldOut held_out = small_held_out();  // user 0 holds out 5, user 1 holds out 1 and 4
  for (int32_t u = 0; u < 3; ++u) {
    held_out.users[static_cast<size_t>(u)].user = 4 - 2 * u;  // rows 4, 2 and 0 of five users
  }
  const std::vector<int32_t> rows = {2, 2, 2, 3}, columns = {2, 3, 4, 0};
  const Csr negatives = csr_from_coordinates(5, 6, rows, columns, std::vector<float>(4, 1), Repeats::kMax);
  const PublishedCandidates published = published_candidates(held_out, negatives);
  ASSERT_EQ(published.held_out.users.size(), 1U);
  EXPECT_EQ(published.held_out.users[0].user, 2);
  EXPECT_EQ(published.held_out.truth.row(0).size(), 2U);
  EXPECT_EQ(published.most, 2);
  EXPECT_EQ(published.fewest, 2);
  EvaluateOptions options{.ks = {1, 3}};
  options.candidates = &published.candidates;
  const Result<ModelEvaluation> model = evaluate_model("fixed", same_for_all, published.held_out, options);
  ASSERT_TRUE(model) << to_text(model.error());
  EXPECT_TRUE(at::equal(model->lists.items, at::tensor(std::vector<int32_t>{1, 2, 3}, at::kInt).view({1, 3})));
  const PublishedCandidates none = published_candidates(held_out, empty_csr(5, 6));
  EXPECT_TRUE(none.held_out.users.empty());
  EXPECT_EQ(none.most, 0);
}

TEST(SampleCandidates, AreDistinctUnseenOutsideTheTruthAndRepeatable) {
  HeldOut held_out;
  held_out.users = {user_with({0, 1, 2}), user_with({3})};
  const std::vector<int32_t> rows = {0, 1}, columns = {3, 4};
  held_out.truth = csr_from_coordinates(2, 50, rows, columns, std::vector<float>(2, 1), Repeats::kMax);
  const Csr sampled = sample_candidates(held_out, 20, 5);
  for (int64_t u = 0; u < 2; ++u) {
    EXPECT_EQ(sampled.row(u).size(), 20);
    for (const int32_t item : sampled.row(u)) {
      EXPECT_GE(item, u == 0 ? 4 : 0);
      EXPECT_TRUE(u == 0 || (item != 3 && item != 4));
    }
  }
  EXPECT_TRUE(at::equal(sampled.columns, sample_candidates(held_out, 20, 5).columns));
  EXPECT_FALSE(at::equal(sampled.columns, sample_candidates(held_out, 20, 6).columns));
  EXPECT_EQ(sample_candidates(held_out, 1000, 5).row(0).size(), 46);
}

}  // namespace
}  // namespace haina
