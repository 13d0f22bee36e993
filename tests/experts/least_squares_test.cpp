// The experts that solve least squares problems, ease and ials, against their formulas in double.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/device.h"
#include "dense.h"

namespace haina {
namespace {

// X·(I − P·diag(1/P)) with P the inverse of XᵀX + side sources + Λ, in double.
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

// small_data with the first users only: fewer rows than items.
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

void expect_closed_form(at::Device device) {
  for (const SmallData& data : {small_data(), few_users(20)}) {  // the second uses the dual form
    for (const double power : {0.0, 0.5}) {
      for (const double side : {0.0, 20.0}) {
        const at::Tensor expected = ease_reference(data, 3, power, side);
        const auto expert = fitted("ease", data, {{"l2", 3}, {"pop_power", power}, {"side_weight", side}}, device);
        EXPECT_EQ(expert->state().contains("inverse"), data.train.num_users == 20);
        const at::Tensor got = expert->score(data.states).to(at::kDouble);
        EXPECT_TRUE(at::allclose(got, expected, 1e-3, 1e-4)) << "pop_power " << power << " side_weight " << side;
      }
    }
  }
}

TEST(Ease, EqualsTheClosedFormInDouble) { expect_closed_form(at::kCPU); }

TEST(Ease, EqualsTheClosedFormInDoubleOnAGpu) {
  const auto device = find_device("cuda", "");
  if (!device) {
    GTEST_SKIP() << "NOT CHECKED: " << device.error().what;
  }
  expect_closed_form(*device);
}

TEST(Ease, TheDualFormIsRestoredAndScoresOneUserAsABatch) {
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

TEST(Ease, FewUsersMakeALargeCatalogWork) {
  const SmallData data = few_users(15);
  EXPECT_TRUE(fitted("ease", data, {{"max_items", 20}}));
}

TEST(Ease, ALargeCatalogIsDeclinedWithAHint) {
  const SmallData data = small_data();
  const ExpertEntry& entry = **find_expert("ease", "");
  Params params(entry.params);
  ASSERT_TRUE(params.set("max_items", 39, ""));
  const Status status = entry.make(params)->fit(data.train, {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(status.error().hint.find("max_items"), std::string::npos);
}

TEST(Ease, OnlySideSourcesReachAnItemWithoutEvents) {
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

// The loss of collective iALS in double. Users and features are solved for the given item factors by at::linalg_solve.
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

TEST(Ials, SweepsLowerTheLossUntilItsGradientVanishes) {
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

TEST(Ials, AUserIsSolvedFromTheHistory) {
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

TEST(Ials, ScoresUseTheRelationOfFriends) {
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
  // Every user, solved from the history and the given friends.
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
  at::Tensor given = at::zeros_like(ties);  // the states of small_data name one of the two friends
  for (int64_t u = 0; u < kUsers; ++u) {
    given[u][(u + 3) % kUsers] = 1;
  }
  EXPECT_TRUE(at::allclose(expert->score(data.states).to(at::kDouble), at::mm(users_of(given), items.t()), 1e-3, 1e-4));
  // The sweeps have converged: the factors of friends solve their equations for the final users.
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

TEST(Ials, AUserProfileChangesTheItemFactors) {
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
  EXPECT_TRUE(at::equal(fitted("ials", data, on)->score(data.states), plain)) << "there is no source of users";
  data.fields.push_back(std::move(job));
  const auto expert = fitted("ials", data, on);
  EXPECT_FALSE(expert->state().contains("friends"));
  EXPECT_FALSE(at::allclose(expert->score(data.states), plain, 1e-2, 1e-3));
  EXPECT_TRUE(at::equal(fitted("ials", data, off)->score(data.states), plain));
}

}  // namespace
}  // namespace haina
