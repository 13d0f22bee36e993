// Every expert against its formula, written as plain dense loops in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "experts/expert.h"
#include "small_data.h"

namespace haina {
namespace {

using Matrix = std::vector<std::vector<double>>;
constexpr int64_t kUsers = SmallData::kUsers, kItems = SmallData::kItems;

Matrix zeros(size_t rows, size_t cols) { return Matrix(rows, std::vector<double>(cols, 0)); }

Matrix dense_x(const Interactions& train) {
  Matrix x = zeros(static_cast<size_t>(train.num_users), static_cast<size_t>(train.num_items));
  for (int64_t u = 0; u < train.num_users; ++u) {
    for (const int32_t item : train.row(u)) {
      x[static_cast<size_t>(u)][static_cast<size_t>(item)] = 1;
    }
  }
  return x;
}

std::vector<double> column_sums(const Matrix& x) {
  std::vector<double> sums(x[0].size(), 0);
  for (const auto& row : x) {
    for (size_t i = 0; i < row.size(); ++i) {
      sums[i] += row[i];
    }
  }
  return sums;
}

at::Tensor to_tensor(const Matrix& m) {
  at::Tensor t = at::empty({std::ssize(m), std::ssize(m[0])}, at::kDouble);
  for (size_t r = 0; r < m.size(); ++r) {
    std::ranges::copy(m[r], t.data_ptr<double>() + static_cast<int64_t>(r) * t.size(1));
  }
  return t;
}

std::unique_ptr<Expert> fitted(const std::string& name, const SmallData& data,
                               const std::map<std::string, double>& values = {}) {
  const ExpertEntry& entry = **find_expert(name, "");
  Params params(entry.params);
  for (const auto& [key, value] : values) {
    EXPECT_TRUE(params.set(key, value, "test"));
  }
  auto expert = entry.make(params);
  const Status status = expert->fit(data.train, {.fields = data.fields, .others = &data.others});
  EXPECT_TRUE(status) << to_text(status.error());
  return expert;
}

void expect_scores(const Expert& expert, const SmallData& data, const Matrix& expected) {
  const at::Tensor wanted = to_tensor(expected);
  const at::Tensor got = expert.score(data.states).to(at::kDouble);
  EXPECT_TRUE(at::allclose(got, wanted, 1e-3, 1e-4))
      << "largest difference " << (got - wanted).abs().max().item<double>();
}

// Features of one field as the experts see them: tf-idf of what two items share, rows of length 1.
Matrix dense_tf_idf(const Field& field) {
  const auto width = static_cast<size_t>(field.values.size());
  Matrix counts = zeros(kItems, width);
  for (int64_t i = 0; i < kItems; ++i) {
    if (field.type == FieldType::kCategory) {
      if (const int32_t code = field.codes[i].item<int32_t>(); code >= 0) {
        counts[static_cast<size_t>(i)][static_cast<size_t>(code)] = 1;
      }
    } else {
      for (size_t c = 0; c < field.bags.row(i).size(); ++c) {
        counts[static_cast<size_t>(i)][static_cast<size_t>(field.bags.row(i)[c])] = field.bags.row_values(i)[c];
      }
    }
  }
  for (size_t f = 0; f < width; ++f) {
    const auto df = std::ranges::count_if(counts, [&](const auto& row) { return row[f] > 0; });
    for (auto& row : counts) {
      row[f] = row[f] > 0 && df >= 2
                   ? (1 + std::log(row[f])) * std::log1p(static_cast<double>(kItems) / static_cast<double>(df))
                   : 0;
    }
  }
  for (auto& row : counts) {
    double squares = 0;
    for (const double v : row) {
      squares += v * v;
    }
    for (double& v : row) {
      v = squares > 0 ? v / std::sqrt(squares) : 0;
    }
  }
  return counts;
}

// X·(I − P·diag(1/P)), P the inverse of XᵀX + side sources + Λ, in double.
at::Tensor ease_reference(const SmallData& data, double l2, double power, double side) {
  const Matrix x = dense_x(data.train);
  const std::vector<double> pop = column_sums(x);
  at::Tensor p = at::mm(to_tensor(x).t(), to_tensor(x));
  for (const size_t f : {0, 1}) {
    const at::Tensor features = to_tensor(dense_tf_idf(data.fields[f]));
    p += at::mm(features, features.t()) * (side * l2 / 100);
  }
  double mean = 0, seen = 0;
  for (const double count : pop) {
    mean += count > 0 ? std::pow(count, power) : 0;
    seen += count > 0 ? 1 : 0;
  }
  mean /= seen;
  for (int64_t i = 0; i < kItems; ++i) {
    const double count = pop[static_cast<size_t>(i)];
    p[i][i] += count > 0 ? l2 * std::pow(count, power) / mean : l2;
  }
  p = at::linalg_inv(p);
  at::Tensor b = -p / p.diagonal().unsqueeze(0);
  b.diagonal().zero_();
  return at::mm(to_tensor(x), b);
}

// As small_data, with the first `users` alone: fewer rows than items.
SmallData few_users(int64_t users) {
  SmallData data = small_data();
  std::vector<std::vector<int32_t>> rows;
  for (int64_t u = 0; u < users; ++u) {
    rows.emplace_back(data.train.row(u).begin(), data.train.row(u).end());
  }
  data.train = interactions_of(rows, kItems);
  data.states.resize(static_cast<size_t>(users));
  return data;
}

TEST(Ease, EqualsTheClosedFormInDouble) {
  for (const SmallData& data : {small_data(), few_users(20)}) {  // the second by the dual form
    for (const double power : {0.0, 0.5}) {
      for (const double side : {0.0, 20.0}) {
        const at::Tensor expected = ease_reference(data, 3, power, side);
        const auto expert = fitted("ease", data, {{"l2", 3}, {"pop_power", power}, {"side_weight", side}});
        EXPECT_EQ(expert->state().contains("inverse"), data.train.num_users == 20);
        const at::Tensor got = expert->score(data.states).to(at::kDouble);
        EXPECT_TRUE(at::allclose(got, expected, 1e-3, 1e-4)) << "pop_power " << power << " side_weight " << side;
      }
    }
  }
}

TEST(Ease, TheDualFormIsRestoredAndServesOnePersonAsABatch) {
  const SmallData data = few_users(15);
  const auto expert = fitted("ease", data, {{"side_weight", 10}});
  const ExpertEntry& entry = **find_expert("ease", "");
  const auto again = entry.make(Params(entry.params));
  ASSERT_TRUE(again->restore(expert->state(), ""));
  const at::Tensor scores = expert->score(data.states);
  EXPECT_TRUE(at::equal(again->score(data.states), scores));
  EXPECT_TRUE(at::allclose(expert->score(std::span(data.states).subspan(3, 1)), scores.narrow(0, 3, 1), 1e-4, 1e-5));
  TensorMap damaged = expert->state();
  damaged["ridge"] = at::ones({3});
  const Status status = entry.make(Params(entry.params))->restore(damaged, "model/ease.safetensors");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().at, "model/ease.safetensors");
}

TEST(Ease, FewUsersMakeALargeCatalogueWork) {
  const SmallData data = few_users(15);
  EXPECT_TRUE(fitted("ease", data, {{"max_items", 20}}));
}

TEST(Ease, ALargeCatalogueIsDeclinedWithAWayOut) {
  const SmallData data = small_data();
  const ExpertEntry& entry = **find_expert("ease", "");
  Params params(entry.params);
  ASSERT_TRUE(params.set("max_items", 39, ""));
  const Status status = entry.make(params)->fit(data.train, {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(status.error().mend.find("max_items"), std::string::npos);
}

TEST(Ease, SideSourcesAloneReachAnItemThatNobodyTook) {
  const SmallData data = small_data();
  const auto cold = [&](double weight) {
    return fitted("ease", data, {{"l2", 3}, {"side_weight", weight}})
        ->score(data.states)
        .select(1, SmallData::kColdItem)
        .abs()
        .sum()
        .item<float>();
  };
  EXPECT_EQ(cold(0), 0);
  EXPECT_GT(cold(20), 0.1);
}

// The whole loss of collective iALS in double, users and features solved against the given item factors by
// at::linalg_solve.
struct IalsReference {
  double a0, reg, weight;
  double loss = 0;
  at::Tensor gradient;  // of the loss by the item factors

  void add(const at::Tensor& observed, const at::Tensor& items, double w) {  // observed: [entities, items] of 0 and 1
    const int64_t d = items.size(1);
    const double alpha = a0 * observed.sum().item<double>() / static_cast<double>(observed.numel());
    const double scale = reg / (1 + a0);
    at::Tensor entities = at::zeros({observed.size(0), d}, at::kDouble);
    for (int64_t e = 0; e < observed.size(0); ++e) {
      const at::Tensor lambda = scale * (observed[e].sum() + alpha * static_cast<double>(items.size(0)));
      const at::Tensor a =
          at::mm(items.t() * (observed[e] + alpha).unsqueeze(0), items) + lambda * at::eye(d, at::kDouble);
      entities[e] = at::linalg_solve(a, at::mv(items.t(), observed[e]));
    }
    const at::Tensor predicted = at::mm(entities, items.t());
    const at::Tensor entity_ridge = scale * (observed.sum(1) + alpha * static_cast<double>(items.size(0)));
    const at::Tensor item_ridge = scale * (observed.sum(0) + alpha * static_cast<double>(observed.size(0)));
    loss += w * ((observed * (1 - predicted).pow(2)).sum() + alpha * predicted.pow(2).sum() +
                 (entity_ridge.unsqueeze(1) * entities.pow(2)).sum() + (item_ridge.unsqueeze(1) * items.pow(2)).sum())
                    .item<double>();
    const at::Tensor part =
        2 * w *
        (at::mm((observed * (predicted - 1) + alpha * predicted).t(), entities) + item_ridge.unsqueeze(1) * items);
    gradient = gradient.defined() ? gradient + part : part;
  }
};

IalsReference measure_ials(const SmallData& data, int sweeps, double weight) {
  const auto expert = fitted(
      "ials", data, {{"factors", 4}, {"sweeps", sweeps}, {"alpha", 2}, {"reg", 0.1}, {"relation_weight", weight}});
  const at::Tensor items = expert->state().at("items").to(at::kDouble);
  IalsReference reference = {.a0 = 2, .reg = 0.1, .weight = weight, .gradient = {}};
  reference.add(to_tensor(dense_x(data.train)), items, 1);
  for (const size_t f : {0, 1}) {
    if (weight > 0) {
      reference.add(to_tensor(dense_tf_idf(data.fields[f])).t().gt(0).to(at::kDouble), items, weight);
    }
  }
  return reference;
}

TEST(Ials, EachSweepLowersTheLossUntilItsGradientVanishes) {
  const SmallData data = small_data();
  for (const double weight : {0.0, 0.5}) {
    const IalsReference one = measure_ials(data, 1, weight), three = measure_ials(data, 3, weight),
                        ten = measure_ials(data, 10, weight), many = measure_ials(data, 200, weight);
    EXPECT_LT(three.loss, one.loss);
    EXPECT_LT(ten.loss, three.loss);
    EXPECT_LE(many.loss, ten.loss + 1e-6);
    EXPECT_LT(many.gradient.abs().max().item<double>(), 1e-2 * one.gradient.abs().max().item<double>())
        << "relation_weight " << weight;
  }
}

TEST(Ials, AUserIsSolvedFromTheHistoryAlone) {
  const SmallData data = small_data();
  const auto expert = fitted("ials", data, {{"factors", 6}, {"alpha", 2}, {"reg", 0.1}});
  const at::Tensor items = expert->state().at("items").to(at::kDouble);
  const at::Tensor x = to_tensor(dense_x(data.train));
  const double alpha = 2 * x.sum().item<double>() / static_cast<double>(x.numel());
  at::Tensor expected = at::empty_like(x);
  for (int64_t u = 0; u < kUsers; ++u) {
    const at::Tensor lambda = 0.1 / 3 * (x[u].sum() + alpha * static_cast<double>(kItems));
    const at::Tensor a = at::mm(items.t() * (x[u] + alpha).unsqueeze(0), items) + lambda * at::eye(6, at::kDouble);
    expected[u] = at::mv(items, at::linalg_solve(a, at::mv(items.t(), x[u])));
  }
  EXPECT_TRUE(at::allclose(expert->score(data.states).to(at::kDouble), expected, 1e-3, 1e-4));
}

TEST(Ials, FriendsAreARelationThatScoringKnows) {
  const SmallData data = small_data();
  const double weight = 0.5, a0 = 2, reg = 0.1 / 3;
  const auto expert = fitted("ials", data,
                             {{"factors", 4},
                              {"sweeps", 200},
                              {"alpha", a0},
                              {"reg", 0.1},
                              {"relation_weight", 0},
                              {"user_relation_weight", weight}});
  const at::Tensor items = expert->state().at("items").to(at::kDouble);
  const at::Tensor friends = expert->state().at("friends").to(at::kDouble);
  const at::Tensor x = to_tensor(dense_x(data.train));
  at::Tensor ties = at::zeros({kUsers, kUsers}, at::kDouble);
  for (int64_t u = 0; u < kUsers; ++u) {
    ties[u][(u + 3) % kUsers] = ties[(u + 3) % kUsers][u] = 1;
  }
  const double alpha = a0 * x.sum().item<double>() / static_cast<double>(x.numel());
  const double tie_alpha = a0 * ties.sum().item<double>() / static_cast<double>(ties.numel());
  // Every user from his history and the friends given.
  const auto users_of = [&](const at::Tensor& known) {
    at::Tensor users = at::empty({kUsers, 4}, at::kDouble);
    for (int64_t u = 0; u < kUsers; ++u) {
      const double lambda = reg * (x[u].sum().item<double>() + alpha * kItems +
                                   weight * (known[u].sum().item<double>() + tie_alpha * kUsers));
      const at::Tensor a = at::mm(items.t() * (x[u] + alpha).unsqueeze(0), items) +
                           at::mm(friends.t() * (known[u] + tie_alpha).unsqueeze(0), friends) * weight +
                           lambda * at::eye(4, at::kDouble);
      users[u] = at::linalg_solve(a, at::mv(items.t(), x[u]) + at::mv(friends.t(), known[u]) * weight);
    }
    return users;
  };
  at::Tensor given = at::zeros_like(ties);  // small_data's states name one friend of the two
  for (int64_t u = 0; u < kUsers; ++u) {
    given[u][(u + 3) % kUsers] = 1;
  }
  EXPECT_TRUE(at::allclose(expert->score(data.states).to(at::kDouble), at::mm(users_of(given), items.t()), 1e-3, 1e-4));
  // The sweeps have come to rest: friends are what the users as they are make of them.
  const at::Tensor users = users_of(ties);
  at::Tensor expected = at::empty_like(friends);
  for (int64_t f = 0; f < kUsers; ++f) {
    const double lambda = reg * (ties[f].sum().item<double>() + tie_alpha * kUsers);
    const at::Tensor a =
        at::mm(users.t() * (ties[f] + tie_alpha).unsqueeze(0), users) + lambda * at::eye(4, at::kDouble);
    expected[f] = at::linalg_solve(a, at::mv(users.t(), ties[f]));
  }
  EXPECT_LT((friends - expected).norm().item<double>(), 0.01 * friends.norm().item<double>());
}

TEST(Ials, AProfileShapesTheItemsAndNeedsNoRow) {
  SmallData data = small_data();
  Field job;
  job.source = job.name = "job";
  job.side = Side::kUser;
  job.type = FieldType::kCategory;
  job.num_rows = kUsers;
  job.codes = at::arange(kUsers, at::kInt).remainder(3);
  for (const char* const name : {"a", "b", "c"}) {
    job.values.find_or_add(name);
  }
  data.fields.pop_back();  // no friends
  const std::map<std::string, double> off = {{"factors", 4}, {"alpha", 2}};
  auto on = off;
  on["user_relation_weight"] = 1;
  const at::Tensor plain = fitted("ials", data, off)->score(data.states);
  EXPECT_TRUE(at::equal(fitted("ials", data, on)->score(data.states), plain)) << "nothing is known of users";
  data.fields.push_back(std::move(job));
  const auto expert = fitted("ials", data, on);
  EXPECT_FALSE(expert->state().contains("friends"));
  EXPECT_FALSE(at::allclose(expert->score(data.states), plain, 1e-2, 1e-3));
  EXPECT_TRUE(at::equal(fitted("ials", data, off)->score(data.states), plain));
}

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
      const auto expert =
          fitted("graph_filter", data, {{"rank", static_cast<double>(rank)}, {"noise", noise}, {"pop_power", 0.4}});
      const at::Tensor got = expert->score(data.states).to(at::kDouble);
      // Directions are found to the last of the spectrum, or inexactly near the cut.
      EXPECT_LT((got - expected).abs().max().item<double>(), rank == kItems ? 1e-4 : 1e-2)
          << "rank " << rank << ": largest difference " << (got - expected).abs().max().item<double>();
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
