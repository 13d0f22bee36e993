// Items of few events: how far models that learn from events are believed, what stands in for them, and how validation
// chooses.
#include "ranking/item_support.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/seed.h"
#include "ranking/ranker.h"
#include "ranking/standardise.h"

namespace haina {
namespace {

constexpr int64_t kItems = 60;

// Models: 0 learns from goals, 1 from events of every action, 2 from content, 3 is the network. Items 0 to 19 have no
// event, 20 to 39 two of the goal and four in all, the others a hundred.
ItemSupport support_of_items(int64_t full) {
  ItemSupport support = {.full = full,
                         .network = 3,
                         .rests_on = {ItemEvents::kGoals, ItemEvents::kAll, ItemEvents::kNone, ItemEvents::kNone},
                         .goals = at::full({kItems}, 100, at::kFloat),
                         .all = at::full({kItems}, 100, at::kFloat)};
  support.goals.narrow(0, 0, 20).fill_(0);
  support.all.narrow(0, 0, 20).fill_(0);
  support.goals.narrow(0, 20, 20).fill_(2);
  support.all.narrow(0, 20, 20).fill_(4);
  return support;
}

std::vector<at::Tensor> random_scores(int64_t users, int64_t items, uint64_t seed) {
  at::Generator generator = make_generator(seed, "item_support_test");
  std::vector<at::Tensor> scores;
  for (int m = 0; m < 4; ++m) {
    scores.push_back(at::normal(0, 1 + m, {users, items}, generator, at::kFloat));
  }
  return scores;
}

TEST(ItemSupport, AnItemOfFewEventsIsReadFromTheNetworkForTheRest) {
  const ItemSupport support = support_of_items(4);
  const std::vector<at::Tensor> scores = random_scores(3, kItems, 1);
  const std::vector<at::Tensor> read = support.standardised(scores);
  std::vector<at::Tensor> z;
  for (const at::Tensor& of_model : scores) {
    z.push_back(standardise(of_model));
  }
  for (int64_t u = 0; u < 3; ++u) {
    for (int64_t item = 0; item < kItems; ++item) {
      const double goals = item < 20 ? 0 : item < 40 ? 0.5 : 1, all = item < 20 ? 0 : 1;  // of full = 4
      const auto at = [&](size_t model) { return z[model][u][item].item<double>(); };
      EXPECT_NEAR(read[0][u][item].item<double>(), goals * at(0) + (1 - goals) * at(3), 1e-5);
      EXPECT_NEAR(read[1][u][item].item<double>(), all * at(1) + (1 - all) * at(3), 1e-5);
      EXPECT_NEAR(support.trust_in(0, static_cast<int32_t>(item)), goals, 1e-7);
      EXPECT_NEAR(support.trust_in(1, static_cast<int32_t>(item)), all, 1e-7);
    }
  }
  EXPECT_TRUE(at::equal(read[2], z[2])) << "content needs no events";
  EXPECT_TRUE(at::equal(read[3], z[3]));
}

TEST(ItemSupport, NothingChangesWithoutANetworkOrWhereNoNumberWasChosen) {
  const std::vector<at::Tensor> scores = random_scores(2, kItems, 2);
  ItemSupport without_network = support_of_items(4);
  without_network.network = -1;
  for (const ItemSupport& support : {without_network, support_of_items(0), ItemSupport()}) {
    const std::vector<at::Tensor> read = support.standardised(scores);
    for (size_t m = 0; m < scores.size(); ++m) {
      EXPECT_TRUE(at::equal(read[m], standardise(scores[m])));
    }
  }
}

// An item put live after training is known to no model of events.
TEST(ItemSupport, AddedItemsAreReadFromTheNetworkAlone) {
  const std::vector<at::Tensor> scores = random_scores(2, kItems + 5, 3);
  const std::vector<at::Tensor> read = support_of_items(4).standardised(scores, kItems);
  const at::Tensor of_network = standardise(scores[3], kItems);
  EXPECT_TRUE(at::equal(read[0].narrow(1, kItems, 5), of_network.narrow(1, kItems, 5)));
  EXPECT_TRUE(at::equal(read[1].narrow(1, kItems, 5), of_network.narrow(1, kItems, 5)));
  EXPECT_EQ(support_of_items(4).trust_in(0, kItems + 2), 0);
}

TEST(ItemSupport, IsKeptInTheModelAndDamageIsNamed) {
  const ItemSupport support = support_of_items(3);
  const auto restored = ItemSupport::restore(support.to_json(), support.state(), 4, "model/ranker.safetensors");
  ASSERT_TRUE(restored);
  const std::vector<at::Tensor> scores = random_scores(2, kItems, 4);
  for (size_t m = 0; m < scores.size(); ++m) {
    EXPECT_TRUE(at::equal(restored->standardised(scores)[m], support.standardised(scores)[m]));
  }
  EXPECT_FALSE(ItemSupport::restore(nullptr, {}, 4, "")->changes()) << "a model of an earlier release";
  nlohmann::json other_column = support.to_json();
  other_column["network"] = 9;
  for (const auto& [json, state] : {std::pair(support.to_json(), TensorMap()), {other_column, support.state()}}) {
    const auto damaged = ItemSupport::restore(json, state, 4, "model/ranker.safetensors");
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().code, ErrorCode::kBadData);
    EXPECT_NE(damaged.error().at.find("ranker.safetensors"), std::string::npos);
  }
}

// Each user wants one item: of the popular ones, which the event models find, or one without events. content_works: a
// quarter of the users want such a one, and the network finds it; else a twentieth does, and the network knows
// nothing but to put all of these items first.
struct Wants {
  std::vector<at::Tensor> scores;
  HeldOut held;
};
Wants wants_of(int32_t users, bool content_works) {
  RandomStream random(5, "item_support_test");
  Wants wants;
  wants.scores = random_scores(users, kItems, 6);
  std::vector<int32_t> rows, columns;
  for (int32_t u = 0; u < users; ++u) {
    const bool is_new = u % (content_works ? 4 : 20) == 0;
    const auto item = static_cast<int32_t>(is_new ? random.below(20) : 40 + random.below(20));
    wants.held.users.push_back({.user = u, .history = {{.item = ItemId{39}}}});
    rows.push_back(u);
    columns.push_back(item);
    for (size_t m = 0; m < 2; ++m) {  // what has no event gets no score
      wants.scores[m][u].narrow(0, 0, 20).fill_(wants.scores[m][u].min().item<float>());
      wants.scores[m][u][item] += is_new ? 0.0F : 3.0F;
    }
    wants.scores[3][u][item] += content_works ? 12.0F : 0.0F;
    wants.scores[3][u].narrow(0, 0, 20).add_(content_works ? 0.0F : 8.0F);
  }
  wants.held.truth =
      csr_from_coordinates(users, kItems, rows, columns, std::vector<float>(rows.size(), 1), Repeats::kMax);
  return wants;
}

TEST(ItemSupport, ValidationChoosesItWhereTheNetworkFindsNewItemsAndOnlyThere) {
  for (const bool content_works : {true, false}) {
    const Wants wants = wants_of(200, content_works);
    RankerSamples samples(4, fit_views(wants.scores, {false, false, false, true}));
    samples.add(wants.scores, wants.held, 0);
    const int64_t full = choose_full_support(support_of_items(0), samples, 7);
    EXPECT_EQ(full > 0, content_works);
    EXPECT_EQ(choose_full_support(support_of_items(0), samples, 7, ValidationFidelity::kOther), 0);
  }
}

// What a ranker is fitted on is what it reads when it serves.
TEST(ItemSupport, SamplesReadAsTheRankerDoes) {
  const Wants wants = wants_of(20, true);
  RankerSamples raw(4, fit_views(wants.scores, {false, false, false, true}));
  raw.add(wants.scores, wants.held, 0);
  const ItemSupport support = support_of_items(4);
  const RankerSamples samples = raw.with(support);
  const std::vector<at::Tensor> read = support.standardised(wants.scores);
  for (size_t u = 0; u < samples.users().size(); ++u) {
    const RankerSamples::User& user = samples.users()[u];
    ASSERT_FALSE(user.items.empty());
    for (size_t c = 0; c < user.items.size(); ++c) {
      for (size_t m = 0; m < 4; ++m) {
        EXPECT_NEAR(user.features[c * 4 + m], read[m][static_cast<int64_t>(u)][user.items[c]].item<float>(), 1e-5);
      }
    }
  }
  // And scores are the weighted sums of these.
  Ranker ranker;
  ranker.models = {"goals", "events", "content", "network"};
  ranker.blender.name = "blend";
  ranker.blender.weights = at::tensor(std::vector<float>{0.4F, 0.3F, 0.2F, 0.1F});
  ranker.support = support;
  const at::Tensor expected = 0.4 * read[0] + 0.3 * read[1] + 0.2 * read[2] + 0.1 * read[3];
  EXPECT_TRUE(at::allclose(ranker.score(wants.scores, wants.held.users), expected, 1e-5, 1e-5));
}

// The form that takes a ranker's place when it is clearly worse is the best model as it is.
TEST(ItemSupport, TheBestModelAloneIsReadAsItIs) {
  const Wants wants = wants_of(200, true);
  RankerSamples samples(4, fit_views(wants.scores, {false, false, false, true}));
  samples.add(wants.scores, wants.held, 0);
  Ranker ranker;
  ranker.models = {"goals", "events", "content", "network"};
  ranker.blender.name = "gated";
  ranker.blender.weights = at::ones({4});
  ranker.support = support_of_items(4);
  const std::vector<Ranker> simpler = simpler_rankers(ranker, samples, 7);
  ASSERT_EQ(simpler.size(), 2U);
  EXPECT_TRUE(simpler.front().support.changes());
  EXPECT_FALSE(simpler.back().support.changes());
}

}  // namespace
}  // namespace haina
