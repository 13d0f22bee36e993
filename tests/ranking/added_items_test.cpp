// Items that were added since training beside those of training: neither moves the other's score.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "base/seed.h"
#include "random_network_ranker.h"
#include "ranking/standardise.h"

namespace haina {
namespace {

TEST(Standardise, AddedItemsAreMeasuredByTheTrainedOnes) {
  const at::Tensor scores = at::tensor(std::vector<float>{1, 2, 3, 4, 5, 9, -90}).unsqueeze(0);
  const at::Tensor z = standardise(scores, 5);
  EXPECT_TRUE(at::equal(z.narrow(1, 0, 5), standardise(scores.narrow(1, 0, 5))));
  EXPECT_NEAR(z[0][5].item<double>(), (9 - 3) / std::sqrt(2.0), 1e-5);
  EXPECT_NEAR(z[0][6].item<double>(), (-90 - 3) / std::sqrt(2.0), 1e-4);
}

// Items come and go between training and training: what the others get does not depend on it.
TEST(Ranker, ItemsThatWereAddedMoveNoOtherItemsScore) {
  const auto with_added = [](const std::vector<at::Tensor>& scores, const std::vector<int64_t>& kept) {
    std::vector<at::Tensor> longer;
    for (size_t m = 0; m < scores.size(); ++m) {
      at::Generator generator = make_generator(m, "added");
      const at::Tensor added = at::normal(0.5, 1, {scores[m].size(0), 40}, generator);
      longer.push_back(at::cat({scores[m], added.index_select(1, at::tensor(kept, at::kLong))}, 1));
    }
    return longer;
  };
  const auto check = [&](const Ranker& ranker, const std::vector<at::Tensor>& scores,
                         std::span<const UserState> users) {
    const int64_t trained = scores[0].size(1);
    const at::Tensor alone = ranker.score(scores, users);
    std::vector<int64_t> all(40), few = {0, 7, 31};
    std::iota(all.begin(), all.end(), 0);
    const at::Tensor with_all = ranker.score(with_added(scores, all), users, trained);
    const at::Tensor with_few = ranker.score(with_added(scores, few), users, trained);
    // But for the rounding of matrix products of another size.
    EXPECT_TRUE(at::allclose(with_all.narrow(1, 0, trained), alone, 0, 2e-6)) << ranker.blender.name;
    EXPECT_TRUE(at::allclose(with_few.narrow(1, 0, trained), alone, 0, 2e-6)) << ranker.blender.name;
    EXPECT_TRUE(at::allclose(with_few.narrow(1, trained, 3),
                             with_all.narrow(1, trained, 40).index_select(1, at::tensor(few, at::kLong)), 0, 2e-6))
        << ranker.blender.name;
  };
  at::manual_seed(3);
  const std::vector<at::Tensor> scores = {at::randn({2, 6000}), at::randn({2, 6000})};  // most are no candidates
  std::vector<UserState> users(2);
  users[0].history.push_back({.item = ItemId{4000}});
  Ranker ranker = random_network_ranker();
  ranker.views = fit_views(scores, {false, true});
  check(ranker, scores, users);
  ranker.network_scores_all = true;
  check(ranker, scores, users);
  Blender gated;
  gated.name = "gated";
  gated.weights = ranker.blender.weights;
  gated.user_feature_weights = at::randn({kUserFeatures, 2});
  gated.user_feature_scale = ranker.blender.user_feature_scale;
  ranker.blender = gated;
  check(ranker, scores, users);
  Blender blend;
  blend.name = "blend";
  blend.weights = gated.weights;
  ranker.blender = blend;
  check(ranker, scores, users);
}

}  // namespace
}  // namespace haina
