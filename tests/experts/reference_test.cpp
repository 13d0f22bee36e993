// The experts of neighbours, walks, contents and ties against their formulas, written as plain dense loops in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "dense.h"

namespace haina {
namespace {

// Rows j of `similarity` cut to their n largest cells; score(u, j) = Σ over the history of similarity[j][i].
Matrix score_cut(const Matrix& x, Matrix similarity, size_t n, bool per_scored_item) {
  for (auto& row : similarity) {
    std::vector<size_t> order(row.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [&](size_t a, size_t b) { return row[a] > row[b]; });
    for (size_t i = n; i < order.size(); ++i) {
      row[order[i]] = 0;
    }
  }
  Matrix scores = zeros(x.size(), x[0].size());
  for (size_t u = 0; u < x.size(); ++u) {
    for (size_t i = 0; i < x[0].size(); ++i) {
      for (size_t j = 0; x[u][i] > 0 && j < x[0].size(); ++j) {
        scores[u][j] += per_scored_item ? similarity[j][i] : similarity[i][j];
      }
    }
  }
  return scores;
}

TEST(ItemKnn, EqualsShrunkCosine) {
  const SmallData data = small_data();
  const Matrix x = dense_x(data.train);
  const auto pop = column_sums(x);
  Matrix cosine = zeros(kItems, kItems), counts = zeros(kItems, kItems);
  for (size_t i = 0; i < kItems; ++i) {
    for (size_t j = 0; j < kItems; ++j) {
      for (size_t u = 0; i != j && u < kUsers; ++u) {
        counts[i][j] += x[u][i] * x[u][j];
      }
      cosine[i][j] = counts[i][j] > 0 ? counts[i][j] / (std::sqrt(pop[i] * pop[j]) + 4) : 0;
    }
  }
  expect_scores(*fitted("item_knn", data, {{"neighbours", 40}, {"shrink", 4}}), data, score_cut(x, cosine, 40, true));
  expect_scores(*fitted("item_knn", data, {{"neighbours", 40}, {"counts", 1}}), data, score_cut(x, counts, 40, true));
}

TEST(Rp3Beta, EqualsTheWalk) {
  const SmallData data = small_data();
  const Matrix x = dense_x(data.train);
  const auto pop = column_sums(x);
  Matrix walk = zeros(kItems, kItems);
  for (size_t u = 0; u < kUsers; ++u) {
    double length = 0;
    for (const double cell : x[u]) {
      length += cell;
    }
    for (size_t i = 0; i < kItems; ++i) {
      for (size_t j = 0; j < kItems; ++j) {
        if (i != j && x[u][i] * x[u][j] > 0) {
          walk[i][j] += std::pow(pop[i], -0.7) * std::pow(length, -0.7) * std::pow(pop[j], -0.4);
        }
      }
    }
  }
  expect_scores(*fitted("rp3beta", data, {{"neighbours", 8}}), data, score_cut(x, walk, 8, false));
}

// Pairs of positions of one history at most `window` steps apart: weights [from, to].
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

TEST(Cooccurrence, TheSecondOrderIsAWalkOfTwoSteps) {
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

TEST(Cooccurrence, WithoutOrderAllButTheFirstDecline) {
  const SmallData data = small_data();
  for (const ExpertEntry& entry : expert_entries()) {
    if (!entry.name.starts_with("cooccurrence")) {
      continue;
    }
    const Status status = entry.make(Params(entry.params))->fit(data.train, {.fields = data.fields, .ordered = false});
    EXPECT_EQ(status.has_value(), entry.name == "cooccurrence") << entry.name;
    if (!status) {
      EXPECT_EQ(status.error().code, ErrorCode::kUnsupported);
      EXPECT_NE(status.error().mend.find("time"), std::string::npos);
    }
  }
}

TEST(Cooccurrence, TheLastKnownItemCountsWhereTheLastIsNew) {
  const SmallData data = small_data();
  const auto expert = fitted("cooccurrence_last", data);
  UserState state = data.states[0];
  const at::Tensor before = expert->score(std::span(&state, 1));
  state.history.push_back({.item = ItemId{kItems + 3}});
  const at::Tensor after = expert->score(std::span(&state, 1));
  EXPECT_GT(after.sum().item<float>(), 0);
  EXPECT_TRUE(at::allclose(after, before * 0.5)) << "one step further back";
}

TEST(GraphFilter, EqualsTheFilterOfTheDenseSpectrum) {
  const SmallData data = small_data();
  const at::Tensor x = to_tensor(dense_x(data.train));
  const at::Tensor by_item = at::where(x.sum(0) > 0, x.sum(0).rsqrt(), 0.0);
  const at::Tensor n = x * x.sum(1, true).rsqrt() * by_item;
  const auto [u, s, vt] = at::linalg_svd(n, false);
  for (const int64_t rank : {int64_t{5}, kItems}) {
    for (const double noise : {0.1, 1.0}) {
      // The first `rank` directions by s²/(s² + c), the others by s² with the slope of the last of them.
      const at::Tensor squares = s.square();
      const at::Tensor last = squares[rank - 1];
      const at::Tensor gain = at::where(squares >= last, squares / (squares + noise), squares / (last + noise));
      const at::Tensor expected = at::mm(at::mm(x * by_item, vt.t()) * gain, vt) * x.sum(0).pow(0.4);
      // A large catalogue is walked by way of users, a small one has its pairs multiplied once.
      for (const int64_t without_events : {0, 5000}) {
        SmallData padded = data;
        padded.train.num_items += without_events;
        const auto expert =
            fitted("graph_filter", padded, {{"rank", static_cast<double>(rank)}, {"noise", noise}, {"pop_power", 0.4}});
        const at::Tensor got = expert->score(padded.states).to(at::kDouble);
        // Directions are found to the last of the spectrum, or inexactly near the cut.
        EXPECT_LT((got.narrow(1, 0, kItems) - expected).abs().max().item<double>(), rank == kItems ? 1e-4 : 1e-2)
            << "rank " << rank << ", " << without_events << " more items";
        EXPECT_EQ(got.narrow(1, kItems, without_events).abs().sum().item<double>(), 0);
      }
    }
  }
}

TEST(UserKnn, EqualsTheVotesOfTheNearest) {
  const SmallData data = small_data();
  const Matrix x = dense_x(data.train);
  const auto pop = column_sums(x);
  Matrix expected = zeros(kUsers, kItems);
  const auto product = [&](size_t a, size_t b) {
    double sum = 0;
    for (size_t i = 0; i < kItems; ++i) {
      sum += x[a][i] * x[b][i] > 0 ? std::pow(pop[i], -0.5) : 0;
    }
    return sum;
  };
  for (size_t u = 0; u < kUsers; ++u) {
    std::vector<std::pair<double, size_t>> near;
    for (size_t v = 0; v < kUsers; ++v) {
      if (v != u) {
        near.emplace_back(product(u, v) / (std::sqrt(product(u, u) * product(v, v)) + 1), v);
      }
    }
    for (const auto& [similarity, v] : near) {
      for (size_t i = 0; i < kItems; ++i) {
        expected[u][i] += similarity * similarity * x[v][i];
      }
    }
  }
  expect_scores(*fitted("user_knn", data, {{"neighbours", 1000}, {"shrink", 1}, {"amplify", 2}, {"pop_power", 0.5}}),
                data, expected);
}

TEST(UserKnn, OnlyTheNearestVote) {
  SmallData data;
  data.train = interactions_of({{0, 1, 2}, {0, 1, 3}, {0, 4}, {5, 6}}, 7);
  const auto expert = fitted("user_knn", data, {{"neighbours", 1}});
  UserState state;
  state.history = {{.item = ItemId{0}}, {.item = ItemId{1}}, {.item = ItemId{3}}};
  const at::Tensor scores = expert->score(std::span(&state, 1));
  EXPECT_GT(scores[0][3].item<float>(), 0);
  EXPECT_EQ(scores[0][2].item<float>(), 0);
  EXPECT_EQ(scores[0][4].item<float>(), 0);
}

TEST(Content, EqualsCosineOfDecayedFeatures) {
  const SmallData data = small_data();
  const Matrix brand = dense_tf_idf(data.fields[0]), tags = dense_tf_idf(data.fields[1]);
  Matrix features = zeros(kItems, 0);
  for (size_t i = 0; i < kItems; ++i) {
    features[i] = brand[i];
    features[i].insert(features[i].end(), tags[i].begin(), tags[i].end());
    double squares = 0;
    for (const double v : features[i]) {
      squares += v * v;
    }
    for (double& v : features[i]) {
      v = squares > 0 ? v / std::sqrt(squares) : 0;
    }
  }
  Matrix expected = zeros(kUsers, kItems);
  for (size_t u = 0; u < kUsers; ++u) {
    double weight = 1;
    const auto& history = data.states[u].history;
    for (size_t t = 0; t < std::min<size_t>(5, history.size()); ++t, weight *= 0.9) {
      const auto item = static_cast<size_t>(row_of(history[history.size() - 1 - t].item));
      for (size_t j = 0; j < kItems; ++j) {
        for (size_t f = 0; f < features[j].size(); ++f) {
          expected[u][j] += weight * features[item][f] * features[j][f];
        }
      }
    }
  }
  const auto expert = fitted("content", data, {{"window", 5}});
  expect_scores(*expert, data, expected);
  EXPECT_GT(expert->score(data.states).select(1, SmallData::kColdItem).sum().item<float>(), 0)
      << "content knows the item nobody took";
}

TEST(Content, WordsAndVectorsAreSourcesToo) {
  SmallData data;
  data.train = interactions_of({{0}, {1}, {2}}, 4);
  data.states = states_of(data.train);
  Field text;
  text.source = text.name = "text";
  text.type = FieldType::kText;
  text.num_rows = 4;
  text.texts = {"zorp blip blip", "zorp quax", "blip, ZORP! lone", ""};
  data.fields.push_back(std::move(text));
  // zorp is in three texts, blip in two; quax and lone, in one each, tie nothing to nothing.
  const double zorp = std::log1p(4.0 / 3), blip = std::log1p(2.0);
  const Matrix words = {{zorp, (1 + std::log(2.0)) * blip}, {zorp, 0}, {zorp, blip}, {0, 0}};
  Matrix expected = zeros(3, 4);
  const auto cosine = [](const std::vector<double>& a, const std::vector<double>& b) {
    const double lengths = std::hypot(a[0], a[1]) * std::hypot(b[0], b[1]);
    return lengths > 0 ? (a[0] * b[0] + a[1] * b[1]) / lengths : 0;
  };
  for (size_t u = 0; u < 3; ++u) {
    for (size_t j = 0; j < 4; ++j) {
      expected[u][j] = cosine(words[u], words[j]);
    }
  }
  expect_scores(*fitted("content", data), data, expected);

  Field vector;
  vector.source = vector.name = "vector";
  vector.type = FieldType::kVector;
  vector.num_rows = 4;
  const float none = std::numeric_limits<float>::quiet_NaN();
  vector.numbers = at::tensor({3.0F, 1.0F, 1.0F, 2.0F, none, none, 2.0F, 6.0F}).view({4, 2});
  const Matrix centred = {{1, -2}, {-1, -1}, {0, 0}, {0, 3}};  // about the mean, (2, 3)
  data.fields.push_back(std::move(vector));
  const std::vector<double> sources = {2, 2, 1, 1};  // how many know the item
  for (size_t u = 0; u < 3; ++u) {
    for (size_t j = 0; j < 4; ++j) {
      expected[u][j] = (expected[u][j] + cosine(centred[u], centred[j])) / std::sqrt(sources[u] * sources[j]);
    }
  }
  const auto expert = fitted("content", data);
  expect_scores(*expert, data, expected);
  const ExpertEntry& entry = **find_expert("content", "");
  const auto again = entry.make(Params(entry.params));
  ASSERT_TRUE(again->restore(expert->state(), ""));
  EXPECT_TRUE(at::equal(again->score(data.states), expert->score(data.states)));
}

TEST(Content, OfOneSourceIsNamedAfterIt) {
  const auto found = find_expert("content.goods.tags", "");
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)->name, "content");
  EXPECT_TRUE((*found)->per_source);
  EXPECT_FALSE(find_expert("ease.goods.tags", "")) << "ease has one instance alone";
}

TEST(Content, WithoutFeaturesIsDeclined) {
  SmallData data = small_data();
  data.fields.clear();
  const ExpertEntry& entry = **find_expert("content", "");
  const Status status = entry.make(Params(entry.params))->fit(data.train, {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadData);
}

TEST(Conversions, EqualsTheSharesOfThoseWhoTookAfterEachAction) {
  const SmallData data = small_data(5);
  const Matrix took = dense_x(data.train);
  for (const bool self : {true, false}) {
    const auto expert =
        fitted("conversions", data,
               {{"shrink", 2}, {"decay", 0.5}, {"self", self ? 1 : 0}, {"window", 3}, {"neighbours", 1000}});
    const auto did = [&](uint8_t action, int32_t item) {  // users
      std::set<int64_t> users;
      for (size_t u = 0; u < data.states.size(); ++u) {
        for (const UserEvent& event : data.states[u].others) {
          if (event.action == action && row_of(event.item) == item) {
            users.insert(static_cast<int64_t>(u));
          }
        }
      }
      return users;
    };
    Matrix expected = zeros(kUsers, kItems);
    for (size_t u = 0; u < data.states.size(); ++u) {
      const std::vector<UserEvent>& events = data.states[u].others;
      for (size_t back = 0; back < std::min<size_t>(3, events.size()); ++back) {
        const UserEvent& event = events[events.size() - 1 - back];
        const std::set<int64_t> users = did(event.action, row_of(event.item));
        for (int64_t j = 0; j < kItems; ++j) {
          double together = 0;
          for (const int64_t other : users) {
            together += took[static_cast<size_t>(other)][static_cast<size_t>(j)];
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

TEST(Conversions, WithoutOtherEventsIsDeclined) {
  const SmallData data = small_data();
  for (const char* const name : {"conversions", "item_knn_all"}) {
    const ExpertEntry& entry = **find_expert(name, "");
    const Status status = entry.make(Params(entry.params))->fit(data.train, {.fields = data.fields});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kBadData);
  }
}

TEST(ItemKnnAll, EqualsShrunkCosineOverEveryAction) {
  const SmallData data = small_data(6);
  const auto expert = fitted("item_knn_all", data, {{"shrink", 3}, {"decay", 1}, {"neighbours", 1000}});
  Matrix x = dense_x(data.train);
  const Matrix others = dense_x(data.others);
  for (size_t u = 0; u < x.size(); ++u) {
    for (size_t i = 0; i < x[u].size(); ++i) {
      x[u][i] = std::max(x[u][i], others[u][i]);
    }
  }
  const std::vector<double> pop = column_sums(x);
  Matrix expected = zeros(kUsers, kItems);
  for (size_t u = 0; u < x.size(); ++u) {
    for (size_t i = 0; i < kItems; ++i) {
      for (size_t j = 0; x[u][i] > 0 && j < kItems; ++j) {
        double together = 0;
        for (const auto& row : x) {
          together += row[i] * row[j];
        }
        expected[u][j] += i == j ? 0 : together / (std::sqrt(pop[i] * pop[j]) + 3);
      }
    }
  }
  expect_scores(*expert, data, expected);
}

TEST(Friends, EqualsTheDampedVotesOfFriends) {
  SmallData data = small_data();
  data.states[4].friends = {UserId{1}, UserId{2}, UserId{4},
                            UserId{1000}};  // himself and a stranger to the data do not count
  const Matrix x = dense_x(data.train);
  const auto pop = column_sums(x);
  Matrix expected = zeros(kUsers, kItems);
  for (size_t u = 0; u < kUsers; ++u) {
    for (const UserId id : data.states[u].friends) {
      const auto v = static_cast<size_t>(row_of(id));
      if (v == u || v >= kUsers) {
        continue;
      }
      const double length = std::accumulate(x[v].begin(), x[v].end(), 0.0);
      for (size_t i = 0; i < kItems; ++i) {
        expected[u][i] += x[v][i] > 0 ? std::pow(length, -0.5) * std::pow(pop[i], -0.2) : 0;
      }
    }
  }
  expect_scores(*fitted("friends", data, {{"vote_power", 0.5}, {"pop_power", 0.2}}), data, expected);
}

TEST(Experts, DamagedSparseStateIsNamed) {
  const SmallData data = small_data();
  for (const char* const name : {"item_knn", "user_knn"}) {
    const auto expert = fitted(name, data);
    TensorMap state = expert->state();
    for (auto& [key, tensor] : state) {
      if (key.ends_with(".columns")) {
        tensor = tensor.clone();
        tensor.data_ptr<int32_t>()[0] = 1000;
      }
    }
    const ExpertEntry& entry = **find_expert(name, "");
    const Status status = entry.make(Params(entry.params))->restore(state, "model/x.safetensors");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kBadData);
  }
}

}  // namespace
}  // namespace haina
