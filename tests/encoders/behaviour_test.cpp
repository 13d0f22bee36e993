// The encoder of histories: against a plain loop, and its guarantees.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/seed.h"
#include "encoders/encoder.h"

namespace haina {
namespace {

constexpr int64_t kWidth = 8, kHeads = 4;

std::shared_ptr<Encoder> made(uint64_t seed = 7) {
  const EncoderEntry& entry = **find_encoder("behaviour", "");
  auto encoder = entry.make(Params(entry.params));
  Field field;
  field.source = "behaviour";
  field.type = FieldType::kBehaviour;
  EXPECT_TRUE(encoder->fit(field, {.width = kWidth, .train = nullptr, .fields = {}, .seed = seed}));
  return encoder;
}

HistoryBatch histories() {
  at::Generator generator = make_generator(3, "behaviour_test");
  return {.vectors = at::normal(0, 0.3, {3, 5, kWidth}, generator, at::kFloat),
          .ages = at::rand({3, 5}, generator),
          .lengths = at::tensor(std::vector<int64_t>{5, 0, 2}, at::kLong)};
}

at::Tensor rows_of(Encoder& encoder, const HistoryBatch& history) {
  return encoder.forward({.field = nullptr, .rows = {}, .history = &history});
}

double softplus(double x) { return std::log1p(std::exp(x)); }

// Row b, by loops in double.
std::vector<double> reference(Encoder& encoder, const HistoryBatch& history, int64_t b) {
  const auto parameters = encoder.named_parameters();
  const auto of = [&](const char* name) { return parameters[name].detach().to(at::kDouble); };
  const at::Tensor query = of("query"), key = of("key"), value = of("value"), out = of("out"), query_bias = of("ask"),
                   forget = of("forget"), rates = of("rates");
  const int64_t length = history.lengths[b].item<int64_t>();
  const at::Tensor x = history.vectors[b].narrow(0, 0, length).to(at::kDouble) * std::sqrt(double{kWidth});
  const int64_t per_head = kWidth / kHeads;
  std::vector<double> views;
  const auto dot = [&](const at::Tensor& row, const at::Tensor& of_item) {
    return (row * of_item).sum().item<double>();
  };
  std::vector<double> interest(kWidth, 0);
  for (int64_t h = 0; h < kHeads; ++h) {
    std::vector<double> weight;
    double total = 0;
    for (int64_t l = 0; l < length; ++l) {
      double logit = 0;
      for (int64_t c = h * per_head; c < (h + 1) * per_head; ++c) {
        logit += dot(key[c], x[l]) * (dot(query[c], x[0]) + query_bias[c].item<double>());
      }
      logit = logit / std::sqrt(static_cast<double>(per_head)) -
              softplus(forget[0][h].item<double>()) * std::log1p(static_cast<double>(l)) -
              softplus(forget[1][h].item<double>()) * history.ages[b][l].item<double>();
      weight.push_back(std::exp(logit));
      total += weight.back();
    }
    for (int64_t l = 0; l < length; ++l) {
      for (int64_t c = h * per_head; c < (h + 1) * per_head; ++c) {
        interest[static_cast<size_t>(c)] += weight[static_cast<size_t>(l)] / total * dot(value[c], x[l]);
      }
    }
  }
  views = interest;
  for (int64_t rate = 0; rate < 2; ++rate) {
    at::Tensor sum = at::zeros({kWidth}, at::kDouble);
    double total = 0;
    for (int64_t l = 0; l < length; ++l) {
      const double weight = std::exp(-softplus(rates[rate].item<double>()) * static_cast<double>(l));
      sum = sum + x[l] * weight;
      total += weight;
    }
    for (int64_t c = 0; c < kWidth; ++c) {
      views.push_back((sum[c] / total).item<double>());
    }
  }
  const at::Tensor spread = ((x - x.mean(0)).square().mean(0) + 1e-6).sqrt();
  for (int64_t c = 0; c < kWidth; ++c) {
    views.push_back(spread[c].item<double>());
  }
  const at::Tensor joined = at::tensor(views, at::kDouble);
  std::vector<double> row;
  for (int64_t c = 0; c < kWidth; ++c) {
    row.push_back(dot(out[c], joined));
  }
  return row;
}

TEST(Behaviour, EqualsAPlainLoop) {
  const auto encoder = made();
  {
    const at::NoGradGuard no_grad;
    at::Generator generator = make_generator(4, "behaviour_test");
    for (auto& parameter : encoder->parameters()) {
      parameter.copy_(at::normal(0, 0.7, parameter.sizes(), generator, at::kFloat));
    }
  }
  const HistoryBatch history = histories();
  const at::Tensor rows = rows_of(*encoder, history);
  for (const int64_t b : {int64_t{0}, int64_t{2}}) {
    const std::vector<double> want = reference(*encoder, history, b);
    for (int64_t c = 0; c < kWidth; ++c) {
      EXPECT_NEAR(rows[b][c].item<double>(), want[static_cast<size_t>(c)], 1e-4) << b << " " << c;
    }
  }
}

TEST(Behaviour, AnEmptyHistoryGivesZerosAndNothingPastTheEndIsRead) {
  const auto encoder = made();
  HistoryBatch history = histories();
  const at::Tensor rows = rows_of(*encoder, history);
  EXPECT_EQ(rows[1].abs().sum().item<float>(), 0);
  history.vectors[2].narrow(0, 2, 3).fill_(1e6F);
  history.ages[2].narrow(0, 2, 3).fill_(7);
  EXPECT_TRUE(rows.equal(rows_of(*encoder, history)));
  history.vectors = history.vectors.narrow(1, 0, 0);
  history.ages = history.ages.narrow(1, 0, 0);
  history.lengths.zero_();
  EXPECT_EQ(rows_of(*encoder, history).abs().sum().item<float>(), 0);
}

TEST(Behaviour, DependsOnTheOrder) {
  const auto encoder = made();
  HistoryBatch history = histories();
  history.ages.zero_();
  const at::Tensor rows = rows_of(*encoder, history);
  history.vectors = history.vectors.flip(1);
  EXPECT_GT((rows - rows_of(*encoder, history))[0].abs().max().item<float>(), 1e-3);
}

TEST(Behaviour, ARestoredOneGivesTheSameBitsAndADamagedOneAnError) {
  const auto encoder = made();
  const EncoderEntry& entry = **find_encoder("behaviour", "");
  const auto again = entry.make(Params(entry.params));
  ASSERT_TRUE(again->restore(encoder->constants(), {.width = kWidth, .train = nullptr, .fields = {}}, "m"));
  const at::NoGradGuard no_grad;
  for (auto& parameter : again->named_parameters()) {
    parameter.value().copy_(encoder->named_parameters()[parameter.key()]);
  }
  const HistoryBatch history = histories();
  EXPECT_TRUE(rows_of(*encoder, history).equal(rows_of(*again, history)));
  const auto damaged =
      again->restore({{"heads", at::zeros({1}, at::kLong)}}, {.width = kWidth, .train = nullptr, .fields = {}}, "m");
  EXPECT_EQ(damaged.error().code, ErrorCode::kBadData);
}

TEST(Behaviour, GradientsReachTheItemsAndEveryParameter) {
  const auto encoder = made();
  HistoryBatch history = histories();
  history.vectors.requires_grad_();
  rows_of(*encoder, history).square().sum().backward();
  EXPECT_GT(history.vectors.grad()[0].abs().min().item<float>(), 0);
  EXPECT_EQ(history.vectors.grad()[1].abs().sum().item<float>(), 0);
  for (const auto& parameter : encoder->named_parameters()) {
    EXPECT_GT(parameter.value().grad().abs().sum().item<float>(), 0) << parameter.key();
  }
}

}  // namespace
}  // namespace haina
