// The experts of side sources alone, content and friends, against their formulas as dense loops in double.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "dense.h"

namespace haina {
namespace {

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
  const auto expert = fitted("content", data, {{"window", 5}, {"decay", 0.9}});
  expect_scores(*expert, data, expected);
  EXPECT_GT(expert->score(data.states).select(1, SmallData::kColdItem).sum().item<float>(), 0)
      << "an item without events has scores, too";
}

// Where rows are in no order, which events are the latest is not known.
TEST(Content, AsksForAnOrderBeforeItWeighsByIt) {
  const SmallData data = small_data();
  const ExpertEntry& entry = **find_expert("content", "");
  for (const double decay : {1.0, 0.9}) {
    Params params(entry.params);
    ASSERT_TRUE(params.merge({{"decay", decay}}, ""));
    const Status status = entry.make(params)->fit(data.train, {.fields = data.fields, .ordered = false});
    EXPECT_EQ(status.has_value(), decay == 1);
    if (!status) {
      EXPECT_EQ(status.error().code, ErrorCode::kUnsupported);
    }
  }
}

TEST(Content, WordsAndVectorsAreSources) {
  SmallData data;
  data.train = interactions_of({{0}, {1}, {2}}, 4);
  data.states = states_of(data.train);
  Field text;
  text.source = text.name = "text";
  text.type = FieldType::kText;
  text.num_rows = 4;
  text.texts = {"zorp blip blip", "zorp quax", "blip, ZORP! lone", ""};
  data.fields.push_back(std::move(text));
  // zorp is in three texts and blip in two; quax and lone are in one each and relate nothing.
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
  const float nan = std::numeric_limits<float>::quiet_NaN();
  vector.numbers = at::tensor({3.0F, 1.0F, 1.0F, 2.0F, nan, nan, 2.0F, 6.0F}).view({4, 2});
  const Matrix centered = {{1, -2}, {-1, -1}, {0, 0}, {0, 3}};  // about the mean, (2, 3)
  data.fields.push_back(std::move(vector));
  const std::vector<double> sources = {2, 2, 1, 1};  // number of sources that know the item
  for (size_t u = 0; u < 3; ++u) {
    for (size_t j = 0; j < 4; ++j) {
      expected[u][j] = (expected[u][j] + cosine(centered[u], centered[j])) / std::sqrt(sources[u] * sources[j]);
    }
  }
  const auto expert = fitted("content", data);
  expect_scores(*expert, data, expected);
  const ExpertEntry& entry = **find_expert("content", "");
  const auto again = entry.make(Params(entry.params));
  ASSERT_TRUE(again->restore(expert->state(), ""));
  EXPECT_TRUE(at::equal(again->score(data.states), expert->score(data.states)));
}

TEST(Content, AnInstanceOnOneSourceIsNamedAfterIt) {
  const auto found = find_expert("content.goods.tags", "");
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)->name, "content");
  EXPECT_TRUE((*found)->per_source);
  EXPECT_FALSE(find_expert("ease.goods.tags", "")) << "ease has one instance only";
}

TEST(Content, DeclinesWithoutFeatures) {
  SmallData data = small_data();
  data.fields.clear();
  const ExpertEntry& entry = **find_expert("content", "");
  const Status status = entry.make(Params(entry.params))->fit(data.train, {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadData);
}

TEST(Friends, EqualsTheDampedVotesOfFriends) {
  SmallData data = small_data();
  data.states[4].friends = {UserId{1}, UserId{2}, UserId{4},
                            UserId{1000}};  // the user and an id outside the data do not count
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

}  // namespace
}  // namespace haina
