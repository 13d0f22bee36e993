// The network of the founding article: its layers against plain loops, its pairs, and what it asks of the data.
#include "fusion/article_network.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fusion/fusion.h"
#include "fusion/module.h"
#include "fusion/pair_sampler.h"
#include "small_world.h"
#include "user_groups.h"

namespace haina {
namespace {

using Row = std::vector<double>;

std::map<std::string, at::Tensor> parameters_of(const ArticleNetwork& network) {
  std::map<std::string, at::Tensor> parameters;
  for (const auto& parameter : network.named_parameters()) {
    parameters[parameter.key()] = parameter.value().detach().to(at::kDouble);
  }
  return parameters;
}

Row linear(const at::Tensor& weight, const Row& x) {
  Row y(static_cast<size_t>(weight.size(0)), 0);
  for (int64_t out = 0; out < weight.size(0); ++out) {
    for (int64_t in = 0; in < weight.size(1); ++in) {
      y[static_cast<size_t>(out)] += weight[out][in].item<double>() * x[static_cast<size_t>(in)];
    }
  }
  return y;
}

void add(Row& y, const at::Tensor& bias) {
  for (size_t i = 0; i < y.size(); ++i) {
    y[i] += bias[static_cast<int64_t>(i)].item<double>();
  }
}

void rectify(Row& y) {
  for (double& value : y) {
    value = std::max(0.0, value);
  }
}

// The extractor of one side: rectified layers, the last one of length sqrt(d) before the fusion.
Row extracted(const std::map<std::string, at::Tensor>& p, const std::string& side, Row x) {
  add(x, p.at(side + "0_bias"));
  rectify(x);
  for (int i = 1; i <= 4; ++i) {
    const std::string layer = side + std::to_string(i);
    x = linear(p.at(layer), x);
    add(x, p.at(layer + "_bias"));
    if (i < 4) {
      rectify(x);
    }
  }
  double squares = 0;
  for (const double value : x) {
    squares += value * value;
  }
  for (double& value : x) {
    value *= std::sqrt(static_cast<double>(x.size()) / squares);
  }
  return x;
}

TEST(ArticleNetwork, HasTheArticlesLayers) {
  const ArticleNetwork network(256, false, 1);
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const auto& [name, value] : parameters_of(network)) {
    shapes[name] = value.sizes().vec();
  }
  for (const std::string side : {"item", "user"}) {
    EXPECT_EQ(shapes[side + "0_bias"], (std::vector<int64_t>{256}));
    EXPECT_EQ(shapes[side + "1"], (std::vector<int64_t>{128, 256}));
    EXPECT_EQ(shapes[side + "2"], (std::vector<int64_t>{64, 128}));
    EXPECT_EQ(shapes[side + "3"], (std::vector<int64_t>{32, 64}));
    EXPECT_EQ(shapes[side + "4"], (std::vector<int64_t>{16, 32}));
  }
  EXPECT_EQ(shapes["from_user"], (std::vector<int64_t>{16, 16}));  // both together: 32 -> 16
  EXPECT_EQ(shapes["from_item"], (std::vector<int64_t>{16, 16}));
  EXPECT_EQ(shapes["second"], (std::vector<int64_t>{8, 16}));
  EXPECT_EQ(shapes["last"], (std::vector<int64_t>{1, 8}));
  EXPECT_FALSE(shapes.contains("history"));
}

TEST(ArticleNetwork, EqualsPlainLoops) {
  const ArticleNetwork network(128, true, 3);
  const at::NoGradGuard no_grad;
  at::Generator generator = make_generator(4, "article_test");
  const at::Tensor item = at::normal(0, 1, {5, 128}, generator), user = at::normal(0, 1, {5, 128}, generator);
  const at::Tensor had = network.item(item).flip(0);
  const at::Tensor users = network.user(user, had), items = network.item(item);
  const at::Tensor logits = network.match(users, items);
  EXPECT_TRUE(at::allclose(items.norm(2, 1), at::ones({5}), 1e-5, 1e-5));
  const auto p = parameters_of(network);
  const auto row_of = [](const at::Tensor& rows, int64_t i, double times) {
    Row row;
    for (int64_t c = 0; c < rows.size(1); ++c) {
      row.push_back(rows[i][c].item<double>() * times);
    }
    return row;
  };
  for (int64_t i = 0; i < 5; ++i) {
    Row of_user = row_of(user, i, 1);
    const Row of_history = linear(p.at("history"), row_of(had, i, std::sqrt(8.0)));
    for (size_t c = 0; c < of_user.size(); ++c) {
      of_user[c] += of_history[c];
    }
    Row h = linear(p.at("from_user"), extracted(p, "user", of_user));
    const Row of_item = linear(p.at("from_item"), extracted(p, "item", row_of(item, i, 1)));
    for (size_t c = 0; c < h.size(); ++c) {
      h[c] += of_item[c];
    }
    add(h, p.at("fusion_bias"));
    rectify(h);
    h = linear(p.at("second"), h);
    add(h, p.at("second_bias"));
    rectify(h);
    h = linear(p.at("last"), h);
    add(h, p.at("last_bias"));
    EXPECT_NEAR(logits[i].item<double>(), h[0], 1e-4);
  }
  const at::Tensor all = network.match_all(users, network.prepared(items));
  EXPECT_TRUE(at::allclose(all.diagonal(), logits, 1e-4, 1e-5));
}

TEST(ArticleNetwork, SourcePartsAddUpToWhatAnItemGainsOverTheAverage) {
  FusionModule module;
  module.form = NetworkForm::kArticle;
  module.article = std::make_shared<ArticleNetwork>(256, false, 5);
  const at::NoGradGuard no_grad;
  at::Generator generator = make_generator(6, "article_test");
  const at::Tensor contributions = at::normal(0, 0.02, {7, 3, 256}, generator);
  const at::Tensor user = module.article->user(at::normal(0, 1, {1, 256}, generator), {});
  const at::Tensor average = contributions.mean(0);
  const at::Tensor parts = module.article_source_parts(contributions, average, user.squeeze(0));
  ASSERT_EQ(parts.sizes().vec(), (std::vector<int64_t>{7, 3}));
  const at::Tensor users = user.expand({7, -1});
  const at::Tensor gained =
      module.article->match(users, module.article->item(contributions.sum(1) / 0.02)) -
      module.article->match(users, module.article->item(average.sum(0, true).expand({7, -1}) / 0.02));
  EXPECT_TRUE(at::allclose(parts.sum(1), gained, 0.05, 0.05)) << parts.sum(1) << gained;
  EXPECT_GT(gained.abs().max().item<double>(), 0.1);
}

TEST(PairSampler, DrawsPairsThatDoNotMatchAmongWhatTheUserNeverHad) {
  const World world = small_world();
  const PairSampler sampler(world.train, nullptr, {.negatives = 2, .history = true});
  EXPECT_FALSE(sampler.observed());
  RandomStream random(1, "pairs");
  std::set<std::pair<int64_t, int64_t>> matches;
  const std::vector<std::vector<int32_t>> plan = sampler.plan(30, random);
  for (const std::vector<int32_t>& step : plan) {
    EXPECT_LE(step.size(), 10U);
    const PairBatch batch = sampler.draw(step, random);
    ASSERT_EQ(batch.users.size(0), 3 * std::ssize(step));
    EXPECT_EQ(batch.labels.sum().item<double>(), static_cast<double>(step.size()));
    for (int64_t b = 0; b < batch.users.size(0); ++b) {
      const auto user = batch.users[b].item<int64_t>(), item = batch.rows[batch.items[b]].item<int64_t>();
      const auto row = world.train.row(user);
      const std::set<int64_t> had(row.begin(), row.end());
      EXPECT_EQ(had.contains(item), batch.labels[b].item<float>() == 1);
      if (batch.labels[b].item<float>() == 1) {
        EXPECT_TRUE(matches.emplace(user, item).second) << "each pair once";
      }
      std::set<int64_t> expected = had;
      expected.erase(item);
      std::set<int64_t> history;
      for (int64_t h = 0; h < static_cast<int64_t>(batch.lengths[b].item<float>()); ++h) {
        history.insert(batch.rows[batch.history[b][h]].item<int64_t>());
      }
      EXPECT_EQ(history, expected) << "never the pair's own item";
    }
  }
  EXPECT_EQ(std::ssize(matches), sampler.num_pairs());
}

// Events below the goal that carry a value are the pairs that do not match; views carry none.
TEST(PairSampler, TakesAnswersBelowTheGoalAsPairsThatDoNotMatch) {
  const World world = small_world();
  const auto others = [&](float value) {
    return Interactions{.num_users = 120,
                        .num_items = 30,
                        .offsets = at::cat({at::zeros({1}, at::kLong), at::full({120}, 2, at::kLong)}),
                        .items = at::tensor(std::vector<int32_t>{29, 29}, at::kInt),
                        .actions = at::zeros({2}, at::kByte),
                        .weights = at::ones({2}),
                        .values = at::full({2}, value),
                        .times = at::full({2}, kNoTime, at::kLong)};
  };
  const Interactions answers = others(1), views = others(std::nanf(""));
  const PairSampler with(world.train, &answers, {}), without(world.train, &views, {});
  EXPECT_TRUE(with.observed());
  EXPECT_FALSE(without.observed());
  EXPECT_EQ(with.num_pairs(), without.num_pairs() + 1) << "a repeated answer counts once";
  RandomStream random(2, "pairs");
  int64_t refused = 0;
  for (const std::vector<int32_t>& step : with.plan(64, random)) {
    const PairBatch batch = with.draw(step, random);
    ASSERT_EQ(batch.labels.size(0), std::ssize(step)) << "nothing is drawn";
    for (int64_t b = 0; b < batch.labels.size(0); ++b) {
      if (batch.labels[b].item<float>() == 0) {
        ++refused;
        EXPECT_EQ(batch.users[b].item<int64_t>(), 0);
        EXPECT_EQ(batch.rows[batch.items[b]].item<int64_t>(), 29);
      }
    }
  }
  EXPECT_EQ(refused, 1);
}

TEST(ArticleNetwork, SaysWhatItNeeds) {
  World world = small_world();
  const auto error_of = [&](const nlohmann::json& params) {
    Params all(fusion_params(NetworkForm::kArticle));
    EXPECT_TRUE(all.merge(params, "test"));
    FusionTraining training;
    const auto network = FusionNetwork::train({.train = &world.train, .fields = world.fields}, all,
                                              {.form = NetworkForm::kArticle, .epochs = 1}, training);
    return network ? std::string() : to_text(network.error());
  };
  EXPECT_NE(error_of({{"history", 0}}).find("a source of kind users"), std::string::npos);
  EXPECT_EQ(error_of({{"history", 1}}), "");
  world.fields.push_back(group_of_users(120));
  EXPECT_EQ(error_of({{"history", 0}}), "");
  world.fields.erase(world.fields.begin());
  EXPECT_NE(error_of({{"history", 1}}).find("a source of kind items"), std::string::npos);
}

}  // namespace
}  // namespace haina
