// The experts of sequences and of conversions against their formulas as dense loops in double.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "dense.h"

namespace haina {
namespace {

// Weights [from, to] of all pairs of positions of one history that are at most `window` steps apart.
Matrix pairs_of(const SmallData& data, size_t window, double decay, double back) {
  Matrix c = zeros(kItems, kItems);
  for (int64_t u = 0; u < kUsers; ++u) {
    const auto row = data.train.row(u);
    for (size_t a = 0; a < row.size(); ++a) {
      for (size_t b = a + 1; b < row.size() && b - a <= window; ++b) {
        if (row[a] != row[b]) {
          const double weight = std::pow(decay, static_cast<double>(b - a - 1));
          c[static_cast<size_t>(row[a])][static_cast<size_t>(row[b])] += weight;
          c[static_cast<size_t>(row[b])][static_cast<size_t>(row[a])] += back * weight;
        }
      }
    }
  }
  return c;
}

// Each row divided by its sum to the power `row`, each column by the popularity of its item to the power `column`.
Matrix damped(Matrix c, const SmallData& data, double row, double column) {
  const at::Tensor pop = data.train.item_counts(0);
  for (auto& cells : c) {
    const double total = std::accumulate(cells.begin(), cells.end(), 0.0);
    for (size_t j = 0; total > 0 && j < kItems; ++j) {
      cells[j] /= std::pow(total, row) * std::pow(std::max(1.0F, pop[static_cast<int64_t>(j)].item<float>()), column);
    }
  }
  return c;
}

// Σ over the last `events` of each history of decay^steps · weights[item].
Matrix score_recent(const SmallData& data, const Matrix& weights, double decay, size_t events) {
  Matrix scores = zeros(kUsers, kItems);
  for (size_t u = 0; u < kUsers; ++u) {
    double weight = 1;
    const auto& history = data.states[u].history;
    for (size_t t = 0; t < std::min(events, history.size()); ++t, weight *= decay) {
      const auto& row = weights[static_cast<size_t>(row_of(history[history.size() - 1 - t].item))];
      for (size_t j = 0; j < kItems; ++j) {
        scores[u][j] += weight * row[j];
      }
    }
  }
  return scores;
}

TEST(Cooccurrence, EqualsTheSumOverPairsOfPositions) {
  const SmallData data = small_data();
  const Matrix directed = pairs_of(data, 4, 0.8, 0.3);
  expect_scores(*fitted("cooccurrence", data, {{"window", 4}, {"pop_power", 0.25}}), data,
                score_recent(data, damped(directed, data, 0.5, 0.25), 0.5, 200));
  expect_scores(*fitted("cooccurrence_last", data, {{"window", 4}}), data,
                score_recent(data, damped(pairs_of(data, 4, 0.6, 0), data, 0.5, 0), 1, 1));
  expect_scores(*fitted("cooccurrence_symmetric", data, {{"window", 4}}), data,
                score_recent(data, damped(pairs_of(data, 4, 0.8, 1), data, 0.5, 0.25), 0.9, 200));
  Matrix counts = score_recent(data, directed, 0.5, 200);
  for (auto& row : counts) {
    for (double& cell : row) {
      cell = std::log1p(cell);
    }
  }
  expect_scores(*fitted("cooccurrence_counts", data, {{"window", 4}}), data, counts);
}

TEST(Cooccurrence, SecondOrderEqualsAWalkOfTwoSteps) {
  const SmallData data = small_data();
  const Matrix step = damped(pairs_of(data, 4, 0.8, 0.3), data, 1, 0);
  Matrix walk = zeros(kItems, kItems);
  for (size_t i = 0; i < kItems; ++i) {
    for (size_t via = 0; via < kItems; ++via) {
      for (size_t j = 0; j < kItems; ++j) {
        walk[i][j] += i != j ? step[i][via] * step[via][j] : 0;
      }
    }
  }
  expect_scores(*fitted("cooccurrence_second", data, {{"window", 4}}), data, score_recent(data, walk, 0.5, 200));
}

TEST(Cooccurrence, OnlyTheFirstAcceptsEventsWithoutTimeOrder) {
  const SmallData data = small_data();
  for (const ExpertEntry& entry : expert_entries()) {
    if (!entry.name.starts_with("cooccurrence")) {
      continue;
    }
    const Status status = entry.make(Params(entry.params))->fit(data.train, {.fields = data.fields, .ordered = false});
    EXPECT_EQ(status.has_value(), entry.name == "cooccurrence") << entry.name;
    if (!status) {
      EXPECT_EQ(status.error().code, ErrorCode::kUnsupported);
      EXPECT_NE(status.error().hint.find("time"), std::string::npos);
    }
  }
}

TEST(Cooccurrence, UsesTheLastKnownItemIfTheLastIsNew) {
  const SmallData data = small_data();
  const auto expert = fitted("cooccurrence_last", data);
  UserState state = data.states[0];
  const at::Tensor before = expert->score(std::span(&state, 1));
  state.history.push_back({.item = ItemId{kItems + 3}});
  const at::Tensor after = expert->score(std::span(&state, 1));
  EXPECT_GT(after.sum().item<float>(), 0);
  EXPECT_TRUE(at::allclose(after, before * 0.5)) << "one step further back";
}

TEST(Conversions, EqualsTheShareOfUsersWithAGoalAfterEachAction) {
  const SmallData data = small_data(5);
  const Matrix goals = dense_x(data.train);
  for (const bool self : {true, false}) {
    const auto expert =
        fitted("conversions", data,
               {{"shrink", 2}, {"decay", 0.5}, {"self", self ? 1 : 0}, {"window", 3}, {"neighbours", 1000}});
    const auto did = [&](uint8_t action, int32_t item) {  // users
      std::set<int64_t> users;
      for (size_t u = 0; u < data.states.size(); ++u) {
        for (const UserEvent& event : data.states[u].other_events) {
          if (event.action == action && row_of(event.item) == item) {
            users.insert(static_cast<int64_t>(u));
          }
        }
      }
      return users;
    };
    Matrix expected = zeros(kUsers, kItems);
    for (size_t u = 0; u < data.states.size(); ++u) {
      const std::vector<UserEvent>& events = data.states[u].other_events;
      for (size_t back = 0; back < std::min<size_t>(3, events.size()); ++back) {
        const UserEvent& event = events[events.size() - 1 - back];
        const std::set<int64_t> users = did(event.action, row_of(event.item));
        for (int64_t j = 0; j < kItems; ++j) {
          double together = 0;
          for (const int64_t other : users) {
            together += goals[static_cast<size_t>(other)][static_cast<size_t>(j)];
          }
          if (self || j != row_of(event.item)) {
            expected[u][static_cast<size_t>(j)] +=
                std::pow(0.5, static_cast<double>(back)) * together / (static_cast<double>(users.size()) + 2);
          }
        }
      }
    }
    expect_scores(*expert, data, expected);
  }
}

TEST(Conversions, DeclineWithoutOtherEvents) {
  const SmallData data = small_data();
  for (const char* const name : {"conversions", "item_knn_all"}) {
    const ExpertEntry& entry = **find_expert(name, "");
    const Status status = entry.make(Params(entry.params))->fit(data.train, {.fields = data.fields});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kBadData);
  }
}

}  // namespace
}  // namespace haina
