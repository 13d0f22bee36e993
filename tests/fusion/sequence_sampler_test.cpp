// Batches of the sequence form, read back into users and items, against the histories they were drawn from.
#include "fusion/sequence_sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "experts/small_data.h"
#include "fusion/transformer.h"

namespace haina {
namespace {

using Histories = std::vector<std::vector<int32_t>>;

constexpr int64_t kItems = 40;

// Histories of 0 to `most` events, with repeats.
Histories some_histories(size_t users, int64_t most, int64_t items = kItems) {
  RandomStream random(1, "sequences_test");
  Histories histories(users);
  for (size_t u = 0; u < users; ++u) {
    const int64_t length = u == 0 ? 0 : u == 1 ? 1 : u == 2 ? most : random.below(most + 1);
    for (int64_t i = 0; i < length; ++i) {
      const double skewed = random.uniform() * random.uniform();
      histories[u].push_back(static_cast<int32_t>(skewed * static_cast<double>(items)));
    }
  }
  return histories;
}

Interactions at_uneven_times(const Histories& histories, int64_t items = kItems) {
  Interactions train = interactions_of(histories, items);
  RandomStream random(2, "sequences_test");
  int64_t* const times = train.times.data_ptr<int64_t>();
  int64_t at = 0;
  for (int64_t u = 0; u < train.num_users; ++u) {
    int64_t now = random.below(1'000'000'000'000);
    for (size_t i = 0; i < train.row(u).size(); ++i) {
      now += static_cast<int64_t>(std::exp(30 * random.uniform()));  // up to months
      times[at++] = now;
    }
  }
  return train;
}

// One target of a batch with what the network sees of it, in items of the catalog.
struct SeenTarget {
  int32_t user;
  std::vector<int32_t> seen;  // oldest first
  std::vector<int64_t> gaps;  // of `seen`; empty without times
  int32_t target;
  int64_t time_bucket;  // -1 without a trend
};

std::vector<int64_t> to_vector(const at::Tensor& x) {
  const int64_t* const data = x.const_data_ptr<int64_t>();
  return {data, data + x.numel()};
}

std::vector<SeenTarget> targets_of(const SequenceBatch& batch) {
  const auto item_of = [&](int64_t row) {
    return static_cast<int32_t>(batch.rows.defined() ? to_vector(batch.rows).at(static_cast<size_t>(row)) : row);
  };
  const std::vector<int64_t> places = to_vector(batch.places), targets = to_vector(batch.targets);
  const int64_t length = batch.inputs.size(1);
  std::vector<SeenTarget> result;
  for (size_t n = 0; n < places.size(); ++n) {
    const int64_t b = places[n] / length, l = places[n] % length;
    SeenTarget q = {batch.users[b].item<int32_t>(), {}, {}, 0, -1};
    for (int64_t i = 0; i <= l; ++i) {
      q.seen.push_back(item_of(batch.inputs[b][i].item<int64_t>()));
      if (batch.gaps.defined()) {
        q.gaps.push_back(batch.gaps[b][i].item<int64_t>());
      }
    }
    q.target = item_of(batch.candidates.defined() ? to_vector(batch.candidates).at(static_cast<size_t>(targets[n]))
                                                  : targets[n]);
    q.time_bucket = batch.time_buckets.defined() ? to_vector(batch.time_buckets).at(n) : -1;
    result.push_back(std::move(q));
  }
  return result;
}

// Each user's distinct items after the first event, with their first positions.
std::map<std::pair<int32_t, int32_t>, size_t> expected_targets(const Histories& histories) {
  std::map<std::pair<int32_t, int32_t>, size_t> places;
  for (size_t u = 0; u < histories.size(); ++u) {
    std::set<int32_t> before;
    for (size_t i = 0; i < histories[u].size(); ++i) {
      if (before.insert(histories[u][i]).second && i > 0) {
        places[{static_cast<int32_t>(u), histories[u][i]}] = i;
      }
    }
  }
  return places;
}

class OfHistories : public testing::TestWithParam<int64_t> {};  // negatives

// In an epoch, every item that is new to a user, except the first, is a target once. The network sees a part of the
// history that ends right before it.
TEST_P(OfHistories, EveryTargetOccursOnceAfterTheEventsRightBeforeIt) {
  constexpr int64_t kLongest = 7;
  const Histories histories = some_histories(60, 40);
  const Interactions train = at_uneven_times(histories);
  const std::optional<Trend> trend = trend_of(train);
  ASSERT_TRUE(trend);
  const SequenceSampler sequences(train, &*trend, {.longest = kLongest, .tokens = 50, .negatives = GetParam()});
  auto expected = expected_targets(histories);
  EXPECT_EQ(sequences.num_targets(), std::ssize(expected));
  const int64_t* const offsets = train.offsets.const_data_ptr<int64_t>();
  const int64_t* const times = train.times.const_data_ptr<int64_t>();
  RandomStream random(3, "sequences_test");
  for (const std::vector<int32_t>& pieces : sequences.plan(random)) {
    for (const SeenTarget& q : targets_of(sequences.draw(pieces, random))) {
      const auto found = expected.find({q.user, q.target});
      ASSERT_NE(found, expected.end()) << "user " << q.user << ", item " << q.target
                                       << ": occurs twice, or is no target";
      const size_t place = found->second;
      expected.erase(found);
      ASSERT_LE(q.seen.size(), static_cast<size_t>(kLongest));
      ASSERT_LE(q.seen.size(), place);
      const std::vector<int32_t>& history = histories[static_cast<size_t>(q.user)];
      const size_t begin = place - q.seen.size();
      const int64_t* const when = times + offsets[q.user];
      for (size_t i = 0; i < q.seen.size(); ++i) {
        EXPECT_EQ(q.seen[i], history[begin + i]);
        EXPECT_EQ(q.gaps[i], i == 0 ? 0 : CausalTransformer::gap_of(when[begin + i], when[begin + i - 1]));
      }
      EXPECT_EQ(q.time_bucket, trend->bucket_of(when[place]));
    }
  }
  EXPECT_TRUE(expected.empty()) << expected.size() << " targets never occurred";
}
INSTANTIATE_TEST_SUITE_P(SequenceSampler, OfHistories, testing::Values(0, 5, 25, 40, 1000));

// The last piece of a history has full length, so the newest target is predicted from as many events as in serving.
TEST(SequenceSampler, TheNewestTargetIsPredictedFromTheFullLength) {
  std::vector<int32_t> history(23);
  std::iota(history.begin(), history.end(), 0);
  const Interactions train = interactions_of({history}, 23);
  const SequenceSampler sequences(train, nullptr, {.longest = 5, .tokens = 1000, .negatives = 0});
  EXPECT_EQ(sequences.num_targets(), 22);
  RandomStream random(4, "sequences_test");
  const auto plan = sequences.plan(random);
  ASSERT_EQ(plan.size(), 1U);
  for (const SeenTarget& q : targets_of(sequences.draw(plan[0], random))) {
    if (q.target == 22) {
      EXPECT_EQ(q.seen, (std::vector<int32_t>{17, 18, 19, 20, 21}));
    }
  }
}

TEST(SequenceSampler, RepeatsAreReadButAreNoTargets) {
  const Interactions train = interactions_of({{3, 3, 1, 3, 1, 2}, {4, 4, 4}, {5}}, 6);
  const SequenceSampler sequences(train, nullptr, {});
  EXPECT_EQ(sequences.num_targets(), 2);
  RandomStream random(5, "sequences_test");
  const auto plan = sequences.plan(random);
  ASSERT_EQ(plan.size(), 1U);
  const auto result = targets_of(sequences.draw(plan[0], random));
  ASSERT_EQ(result.size(), 2U);
  EXPECT_EQ(result[0].target, 1);
  EXPECT_EQ(result[0].seen, (std::vector<int32_t>{3, 3}));
  EXPECT_EQ(result[1].target, 2);
  EXPECT_EQ(result[1].seen, (std::vector<int32_t>{3, 3, 1, 3, 1}));
}

TEST(SequenceSampler, ThereAreNoTargetsIfNoUserHasTwoItems) {
  const Interactions train = interactions_of({{3, 3}, {1}, {}}, 6);
  const SequenceSampler sequences(train, nullptr, {});
  EXPECT_EQ(sequences.num_targets(), 0);
  RandomStream random(6, "sequences_test");
  EXPECT_TRUE(sequences.plan(random).empty());
}

TEST(SequenceSampler, APlanDependsOnItsStreamAndHasEveryPieceOnceInBatchesOfTheRequestedSize) {
  constexpr int64_t kLongest = 10, kTokens = 60;
  const Interactions train = interactions_of(some_histories(300, 40), kItems);
  const SequenceSampler sequences(train, nullptr, {.longest = kLongest, .tokens = kTokens, .negatives = 0});
  RandomStream one(7, "plan"), same(7, "plan"), other(8, "plan");
  const auto plan = sequences.plan(one);
  EXPECT_EQ(plan, sequences.plan(same));
  EXPECT_NE(plan, sequences.plan(other));
  EXPECT_NE(plan, sequences.plan(one)) << "each epoch has its own plan";
  std::vector<int32_t> pieces;
  int64_t targets = 0, small = 0;
  for (const std::vector<int32_t>& batch : plan) {
    pieces.insert(pieces.end(), batch.begin(), batch.end());
    const int64_t count = sequences.draw(batch, one).targets.size(0);
    targets += count;
    EXPECT_LT(count, kTokens + kLongest);
    small += count < kTokens ? 1 : 0;
  }
  EXPECT_LE(small, 1) << "only the last batch of an epoch";
  EXPECT_EQ(targets, sequences.num_targets());
  std::ranges::sort(pieces);
  for (size_t i = 0; i < pieces.size(); ++i) {
    EXPECT_EQ(pieces[i], static_cast<int32_t>(i));
  }
}

TEST(SequenceSampler, HistoriesOfSimilarLengthShareABatchSoThatLittleIsPadding) {
  RandomStream random(9, "sequences_test");
  Histories histories(2000);
  for (std::vector<int32_t>& history : histories) {
    history.resize(2 + static_cast<size_t>(48 * std::pow(random.uniform(), 4)));
    std::iota(history.begin(), history.end(), 0);
  }
  const Interactions train = interactions_of(histories, 50);
  const SequenceSampler sequences(train, nullptr, {.longest = 50, .tokens = 256, .negatives = 0});
  int64_t cells = 0;
  for (const std::vector<int32_t>& batch : sequences.plan(random)) {
    cells += sequences.draw(batch, random).inputs.numel();
  }
  // Without repeats every event but the last is an input with a target.
  EXPECT_LT(static_cast<double>(cells) / static_cast<double>(sequences.num_targets()), 1.35);
}

TEST(SequenceSampler, WithoutTimesAndTrendThereAreNoGapsAndNoTimeBuckets) {
  Interactions train = interactions_of({{0, 1, 2}}, 3);
  train.times.fill_(kNoTime);
  const SequenceSampler sequences(train, nullptr, {});
  RandomStream random(10, "sequences_test");
  const SequenceBatch batch = sequences.draw(std::vector<int32_t>{0}, random);
  EXPECT_FALSE(batch.gaps.defined());
  EXPECT_FALSE(batch.time_buckets.defined());
}

TEST(SequenceSampler, TheSoftmaxIsOverAllItemsWithoutNegativesOrWithAsManyAsItems) {
  const Interactions train = interactions_of(some_histories(20, 10), kItems);
  for (const int64_t negatives : {int64_t{0}, kItems, 10 * kItems}) {
    const SequenceSampler sequences(train, nullptr, {.longest = 10, .tokens = 50, .negatives = negatives});
    RandomStream random(11, "sequences_test");
    const SequenceBatch batch = sequences.draw(sequences.plan(random).front(), random);
    EXPECT_FALSE(batch.rows.defined());
    EXPECT_FALSE(batch.candidates.defined());
    EXPECT_FALSE(batch.log_chance.defined());
  }
}

// The share of each item among all targets.
std::vector<double> target_shares(const Histories& histories, int64_t items) {
  std::vector<double> shares(static_cast<size_t>(items), 0);
  const auto places = expected_targets(histories);
  for (const auto& [pair, place] : places) {
    shares[static_cast<size_t>(pair.second)] += 1.0 / static_cast<double>(places.size());
  }
  return shares;
}

TEST(SequenceSampler, RowsAndCandidatesAreDistinctAndTheProbabilityIsThatOfTheFormula) {
  constexpr int64_t kNegatives = 12;
  const Histories histories = some_histories(60, 12);
  const Interactions train = interactions_of(histories, kItems);
  const SequenceSampler sequences(train, nullptr, {.longest = 12, .tokens = 30, .negatives = kNegatives});
  const std::vector<double> shares = target_shares(histories, kItems);
  RandomStream random(12, "sequences_test");
  for (const std::vector<int32_t>& pieces : sequences.plan(random)) {
    const SequenceBatch batch = sequences.draw(pieces, random);
    const std::vector<int64_t> rows = to_vector(batch.rows), candidates = to_vector(batch.candidates);
    for (size_t i = 1; i < rows.size(); ++i) {
      EXPECT_LT(rows[i - 1], rows[i]);
    }
    EXPECT_EQ(std::set<int64_t>(candidates.begin(), candidates.end()).size(), candidates.size());
    EXPECT_LT(batch.inputs.max().item<int64_t>(), std::ssize(rows));
    EXPECT_LT(batch.targets.max().item<int64_t>(), std::ssize(candidates));
    const std::vector<int64_t> targets = to_vector(batch.targets);
    EXPECT_LE(std::ssize(candidates), std::ssize(std::set<int64_t>(targets.begin(), targets.end())) + kNegatives);
    for (size_t c = 0; c < candidates.size(); ++c) {
      const double p = shares[static_cast<size_t>(rows[static_cast<size_t>(candidates[c])])];
      const double chance = 1 - std::pow(1 - p, std::ssize(targets)) * std::pow(1 - 1.0 / kItems, kNegatives);
      EXPECT_NEAR(batch.log_chance[static_cast<int64_t>(c)].item<double>(), std::log(chance), 1e-5);
    }
  }
}

// All users draw their items from one distribution, so a batch's targets are like independent draws. The sum of any f
// over the candidates, each divided by its probability, then has the sum over all items as its mean.
TEST(SequenceSampler, TheProbabilityIsHowOftenABatchHasTheItem) {
  constexpr int64_t kMany = 200, kNegatives = 30, kDraws = 3000;
  RandomStream random(13, "sequences_test");
  Histories histories(4000);
  for (std::vector<int32_t>& history : histories) {
    for (int i = 0; i < 3; ++i) {
      const double u = random.uniform();
      history.push_back(static_cast<int32_t>(u * u * kMany));
    }
  }
  const Interactions train = interactions_of(histories, kMany);
  const SequenceSampler sequences(train, nullptr, {.longest = 10, .tokens = 60, .negatives = kNegatives});
  const at::Tensor f = at::arange(1, kMany + 1, at::kDouble);
  at::Tensor had = at::zeros({kMany}, at::kDouble), expected = at::zeros({kMany}, at::kDouble);
  const at::Tensor shares = at::tensor(target_shares(histories, kMany), at::kDouble);
  double sum = 0;
  int64_t draws = 0;
  while (draws < kDraws) {
    for (const std::vector<int32_t>& pieces : sequences.plan(random)) {
      const SequenceBatch batch = sequences.draw(pieces, random);
      const at::Tensor items = batch.rows.index_select(0, batch.candidates);
      had.index_add_(0, items, at::ones({items.size(0)}, at::kDouble));
      expected += 1 - (1 - shares).pow(batch.targets.size(0)) * std::pow(1 - 1.0 / kMany, kNegatives);
      sum += (f.index_select(0, items) * batch.log_chance.to(at::kDouble).neg().exp()).sum().item<double>();
      ++draws;
    }
  }
  EXPECT_NEAR(sum / static_cast<double>(draws) / f.sum().item<double>(), 1, 0.01);
  // Per item within five standard errors (targets of one user vary a little less than independent draws).
  const at::Tensor chance = expected / static_cast<double>(draws);
  const at::Tensor error = (had / static_cast<double>(draws) - chance).abs();
  const at::Tensor allowed = 5 * (chance * (1 - chance) / static_cast<double>(draws)).sqrt() + 0.002;
  EXPECT_TRUE(error.le(allowed).all().item<bool>()) << (error / allowed).max().item<double>();
}

TEST(SequenceSampler, ADrawDependsOnItsStream) {
  const Interactions train = interactions_of(some_histories(60, 12), kItems);
  const SequenceSampler sequences(train, nullptr, {.longest = 12, .tokens = 30, .negatives = 12});
  RandomStream planner(14, "plan"), one(15, "draw"), same(15, "draw");
  const std::vector<int32_t> pieces = sequences.plan(planner).front();
  const SequenceBatch first = sequences.draw(pieces, one), second = sequences.draw(pieces, same);
  EXPECT_TRUE(at::equal(first.rows, second.rows));
  EXPECT_TRUE(at::equal(first.inputs, second.inputs));
  EXPECT_TRUE(at::equal(first.candidates, second.candidates));
  EXPECT_TRUE(at::equal(first.targets, second.targets));
  EXPECT_FALSE(at::equal(sequences.draw(pieces, one).rows, first.rows)) << "other negatives";
}

}  // namespace
}  // namespace haina
