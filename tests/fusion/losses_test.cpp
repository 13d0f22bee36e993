// The loss of the sequence form is the cross-entropy of the scores that are served; the loss that aligns sources.
#include "fusion/losses.h"

#include <gtest/gtest.h>
#include <torch/optim/sgd.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "default_source.h"
#include "experts/small_data.h"
#include "user_groups.h"

namespace haina {
namespace {

constexpr int64_t kItems = 60, kUsers = 50, kLongest = 12;

Interactions some_events() {
  RandomStream random(1, "losses_test");
  std::vector<std::vector<int32_t>> histories(kUsers);
  for (std::vector<int32_t>& history : histories) {
    const int64_t length = 2 + random.below(kLongest);
    for (int64_t i = 0; i < length; ++i) {
      const double u = random.uniform();
      history.push_back(static_cast<int32_t>(u * u * kItems));
    }
  }
  Interactions train = interactions_of(histories, kItems);
  train.times.mul_(3'600'000);  // hours
  return train;
}

struct Case {
  const char* name;
  bool profile, trend;
};

class SequenceLoss : public testing::TestWithParam<Case> {
 protected:
  SequenceLoss() : train_(some_events()), trend_(GetParam().trend ? trend_of(train_) : std::nullopt) {
    if (GetParam().profile) {
      fields_.push_back(group_of_users(kUsers));
    }
    module_.form = NetworkForm::kSequence;
    module_.width = 16;
    module_.num_items = kItems;
    module_.params = Params(fusion_params(NetworkForm::kSequence));
    EXPECT_TRUE(module_.params.merge({{"width", 16},
                                      {"length", kLongest},
                                      {"input_dropout", 0},
                                      {"dropout", 0},
                                      {"attention_dropout", 0},
                                      {"source_dropout", 0},
                                      {"history_dropout", 0}},
                                     "test"));
    const EncoderContext context = {.width = 16, .train = &train_, .fields = fields_};
    module_.item_sources.push_back(default_source("id", id_field(kItems), context));
    for (const Field& field : fields_) {
      module_.user_sources.push_back(default_source(field.full_name(), field, context));
    }
    if (trend_) {
      module_.trend_now = trend_->now;
    }
    module_.create(3);
    // Away from the initial values, many of which are zero.
    const at::NoGradGuard no_grad;
    at::Generator generator = make_generator(4, "losses_test");
    for (const auto& parameter : module_.named_parameters()) {
      if (!parameter.key().starts_with("item/")) {
        parameter.value().add_(at::normal(0, 0.2, parameter.value().sizes(), generator, at::kFloat));
      }
    }
    module_.materialize(KeepContributions::kSkip);
  }

  SequenceSampler sequences(int64_t negatives) const {
    return SequenceSampler(train_, trend_ ? &*trend_ : nullptr,
                           {.longest = kLongest, .tokens = 1'000'000, .negatives = negatives});
  }
  double loss(const SequenceBatch& batch) {
    const at::NoGradGuard no_grad;
    StepContext context = {.module = module_,
                           .trend = trend_ ? &*trend_ : nullptr,
                           .bf16 = false,
                           .random = random_,
                           .dropout_generator = dropout_generator_};
    return sequence_loss(batch, context).item<double>();
  }

  // Logits over all items after the first `known` events of a user, at the time of the next event: [items].
  at::Tensor served(int32_t user, int64_t known) const {
    const at::NoGradGuard no_grad;
    UserState state = states_of(train_)[static_cast<size_t>(user)];
    const int64_t next_us = state.history[static_cast<size_t>(known)].time_us;
    state.history.resize(static_cast<size_t>(known));
    at::Tensor logits = module_.score({&state, 1})[0];
    if (trend_) {  // the trend of that time
      const at::Tensor then = trend_->tables[trend_->bucket_of(next_us)];
      logits = logits + at::mv((then - trend_->now).t(), module_.trend_weight);
      logits = logits.masked_fill(trend_->absent[trend_->bucket_of(next_us)], kMasked);  // nobody could choose these
    }
    return logits.to(at::kDouble);
  }

  // The mean over a batch's targets of -log(softmax), over all items or over the batch's candidates.
  double reference(const SequenceBatch& batch) const {
    double sum = 0;
    const int64_t count = batch.places.size(0), length = batch.inputs.size(1);
    for (int64_t n = 0; n < count; ++n) {
      const int64_t place = batch.places[n].item<int64_t>(), target = batch.targets[n].item<int64_t>();
      at::Tensor logits = served(batch.users[place / length].item<int32_t>(), place % length + 1);
      if (batch.candidates.defined()) {
        const at::Tensor lowered =
            logits.index_select(0, batch.rows.index_select(0, batch.candidates)) - batch.log_chance;
        lowered[target] += batch.log_chance[target];
        logits = lowered;
      }
      sum -= at::log_softmax(logits, 0)[target].item<double>();
    }
    return sum / static_cast<double>(count);
  }

  Interactions train_;
  std::optional<Trend> trend_;
  std::vector<Field> fields_;
  FusionModule module_;
  RandomStream random_{5, "losses_test"};
  at::Generator dropout_generator_ = make_generator(6, "losses_test");
};

TEST_P(SequenceLoss, OverAllItemsIsTheCrossEntropyOfTheServedScores) {
  const SequenceSampler all = sequences(0);
  const SequenceBatch batch = all.draw(all.plan(random_).front(), random_);
  ASSERT_EQ(batch.places.size(0), all.num_targets());
  const double expected = reference(batch);
  EXPECT_NEAR(loss(batch), expected, 1e-5 * expected);
  EXPECT_GT(std::abs(expected - std::log(kItems)), 0.01) << "the scores say something";
}

TEST_P(SequenceLoss, OverASampleLowersEachCandidateExceptTheTargetByItsLogProbability) {
  const SequenceSampler some = sequences(20);
  const std::vector<std::vector<int32_t>> plan = some.plan(random_);
  const SequenceBatch batch = some.draw(std::span(plan.front()).first(8), random_);
  ASSERT_TRUE(batch.candidates.defined());
  ASSERT_LT(batch.candidates.size(0), kItems);
  const double expected = reference(batch);
  EXPECT_NEAR(loss(batch), expected, 1e-5 * expected);
}

TEST_P(SequenceLoss, OverASampleIsCloseToTheFullSoftmaxOnAverage) {
  {  // equal scores: if one item has most of the softmax, the log of an estimate is far below the log of its mean
    const at::NoGradGuard no_grad;
    module_.scale.fill_(4);
    if (trend_) {
      module_.trend_weight.fill_(0.1);
    }
  }
  const SequenceSampler some = sequences(20), all = sequences(0);
  double sampled = 0, whole = 0, uncorrected = 0;
  constexpr int kDraws = 400;
  const std::vector<int32_t> pieces = some.plan(random_).front();
  for (int draw = 0; draw < kDraws; ++draw) {
    std::vector<int32_t> few;
    for (int i = 0; i < 4; ++i) {
      few.push_back(pieces[static_cast<size_t>(random_.below(std::ssize(pieces)))]);
    }
    SequenceBatch batch = some.draw(few, random_);
    sampled += loss(batch) / kDraws;
    batch.log_chance.zero_();
    uncorrected += loss(batch) / kDraws;
    whole += loss(all.draw(few, random_)) / kDraws;
  }
  EXPECT_NEAR(sampled, whole, 0.06);
  EXPECT_LT(uncorrected, whole - 0.3) << "what the correction is for";
}

TEST_P(SequenceLoss, EveryParameterHasAGradient) {
  const SequenceSampler some = sequences(20);
  StepContext context = {.module = module_,
                         .trend = trend_ ? &*trend_ : nullptr,
                         .bf16 = false,
                         .random = random_,
                         .dropout_generator = dropout_generator_};
  sequence_loss(some.draw(some.plan(random_).front(), random_), context).backward();
  for (const auto& parameter : module_.named_parameters()) {
    if (parameter.key() == "prior" || parameter.key() == "probe" ||
        (parameter.key() == "user_gain" && !GetParam().profile)) {
      continue;  // a single item source is not weighted
    }
    ASSERT_TRUE(parameter.value().grad().defined()) << parameter.key();
    EXPECT_GT(parameter.value().grad().abs().max().item<double>(), 0) << parameter.key();
    EXPECT_TRUE(at::isfinite(parameter.value().grad()).all().item<bool>()) << parameter.key();
  }
}

// Twelve items, two of each group; one more has none.
class Alignment : public testing::Test {
 protected:
  static constexpr int64_t kOf = 13;
  Alignment() : train_(interactions_of({{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}, kOf)), random_(4, "alignment") {
    group_.source = "items";
    group_.name = "group";
    group_.side = Side::kItem;
    group_.type = FieldType::kCategory;
    group_.num_rows = kOf;
    group_.codes = at::tensor({0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, -1}, at::kInt);
    for (const char* const name : {"a", "b", "c", "d", "e", "f"}) {
      group_.values.find_or_add(name);
    }
    module_.form = NetworkForm::kSet;
    module_.width = 16;
    module_.num_items = kOf;
    module_.params = Params(fusion_params(NetworkForm::kSet));
  }
  void create(bool with_group) {
    const EncoderContext context = {.width = 16, .train = &train_, .fields = {}, .seed = 2};
    module_.item_sources.push_back(default_source("id", id_field(kOf), context));
    if (with_group) {
      module_.item_sources.push_back(default_source("items.group", group_, context));
    }
    module_.create(5);
  }
  at::Tensor loss() {
    StepContext context = {
        .module = module_, .trend = nullptr, .bf16 = false, .random = random_, .dropout_generator = dropout_generator_};
    return alignment_loss({}, context);
  }
  Interactions train_;
  Field group_;
  FusionModule module_;
  RandomStream random_;
  at::Generator dropout_generator_ = make_generator(1, "alignment");
};

TEST_F(Alignment, IsInfoNceBetweenTheTwoSourcesOfTheItemsThatHaveBoth) {
  create(true);
  const FusionModule::Items items = module_.fuse_items({true, true}, KeepContributions::kKeep);
  const at::Tensor a = l2_normalize(items.contributions.select(1, 0).narrow(0, 0, 12)),
                   b = l2_normalize(items.contributions.select(1, 1).narrow(0, 0, 12));
  const at::Tensor logits = at::matmul(a, b.t()) * 10;
  const at::Tensor both = (at::log_softmax(logits, 1).diag() + at::log_softmax(logits, 0).diag()) / 2;
  EXPECT_NEAR(loss().item<double>(), -both.mean().item<double>(), 1e-5);
}

TEST_F(Alignment, GradientStepsBringTheSourcesOfAnItemTogether) {
  create(true);
  const double before = loss().item<double>();
  torch::optim::SGD sgd(module_.parameters(), torch::optim::SGDOptions(1e-3));
  for (int step = 0; step < 200; ++step) {
    sgd.zero_grad();
    loss().backward();
    sgd.step();
  }
  EXPECT_LT(loss().item<double>(), before / 2);
}

TEST_F(Alignment, OfOneSourceIsZero) {
  create(false);
  EXPECT_EQ(loss().item<double>(), 0);
}

TEST_F(Alignment, AQueryWeightsHistoryItemsInTrainingAsInServing) {
  ASSERT_TRUE(module_.params.merge({{"attention", 1}}, "test"));
  create(true);
  const at::NoGradGuard no_grad;
  module_.query.copy_(at::arange(16) * 0.2);
  module_.materialize(KeepContributions::kSkip);
  const at::Tensor& q = module_.final_items;
  const std::vector<int64_t> history = {0, 2, 5};
  at::Tensor kept = at::zeros({1, kOf}), sum = at::zeros({16});
  double squares = 0;
  UserState user;
  for (const int64_t item : history) {
    const double weight = std::exp(at::dot(q[item], module_.query).item<double>());
    sum += q[item] * weight;
    squares += weight * weight;
    kept[0][item] = 1 / std::sqrt(3.0);
    user.history.push_back({.item = ItemId{static_cast<int32_t>(item)}});
  }
  const at::Tensor pooled = module_.pool(kept, q, false);
  EXPECT_TRUE(at::allclose(pooled[0], sum / std::sqrt(squares), 1e-5, 1e-6));
  EXPECT_GT((pooled - at::matmul(kept, q)).abs().max().item<double>(), 0.05) << "not the mean";
  EXPECT_TRUE(at::allclose(module_.user_vectors({&user, 1}),
                           module_.bounded(module_.user_vector(pooled, at::ones({1}))), 1e-5, 1e-6));
  EXPECT_TRUE(at::isfinite(module_.pool(at::zeros({1, kOf}), q, false)).all().item<bool>());
}

INSTANTIATE_TEST_SUITE_P(Losses, SequenceLoss,
                         testing::Values(Case{"plain", false, false}, Case{"profile", true, false},
                                         Case{"trend", false, true}, Case{"all", true, true}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace haina
