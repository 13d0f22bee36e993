// The convolutional encoder against plain loops in double, its gradient against finite differences, and what a step of
// training computes.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <vector>

#include "encoders/encoder.h"
#include "small_fields.h"

namespace haina {
namespace {

constexpr int64_t kOut = 4;  // width

std::shared_ptr<Encoder> fitted(const nlohmann::json& settings, const Field& field) {
  const EncoderEntry& entry = **find_encoder("cnn", "");
  Params params(entry.params);
  EXPECT_TRUE(params.merge(settings, "test"));
  const auto encoder = entry.make(params);
  const Interactions train = small_train();
  EXPECT_TRUE(encoder->fit(field, {.width = kOut, .train = &train, .fields = {}}));
  return encoder;
}

at::Tensor eval(Encoder& encoder, const EncodedField& cells) {
  const at::NoGradGuard no_grad;
  return encoder.forward({.field = &cells, .rows = {}, .history = nullptr});
}

at::Tensor learn(Encoder& encoder, const EncodedField& cells) {
  return encoder.forward({.field = &cells, .rows = {}, .history = nullptr});
}

// [channels][height][width] of one row.
struct Planes {
  int64_t channels, height, width;
  std::vector<double> values;
  double at(int64_t c, int64_t y, int64_t x) const {
    return y < 0 || x < 0 || y >= height || x >= width ? 0 : values[static_cast<size_t>((c * height + y) * width + x)];
  }
};

// Convolution of 3 x 3 at each second place, normalised over groups of channels, plus a bias, not below 0.
Planes block(const Planes& in, const at::Tensor& weight, const at::Tensor& bias) {
  Planes out = {weight.size(0), (in.height + 1) / 2, (in.width + 1) / 2, {}};
  for (int64_t o = 0; o < out.channels; ++o) {
    for (int64_t y = 0; y < out.height; ++y) {
      for (int64_t x = 0; x < out.width; ++x) {
        double sum = 0;
        for (int64_t c = 0; c < in.channels; ++c) {
          for (int64_t i = 0; i < 9; ++i) {
            sum += weight[o][c][i / 3][i % 3].item<double>() * in.at(c, 2 * y + i / 3 - 1, 2 * x + i % 3 - 1);
          }
        }
        out.values.push_back(sum);
      }
    }
  }
  const int64_t groups = std::gcd(out.channels, int64_t{4});
  const auto size = static_cast<int64_t>(out.values.size()) / groups;
  for (int64_t g = 0; g < groups; ++g) {
    double* const part = out.values.data() + g * size;
    const double mean = std::accumulate(part, part + size, 0.0) / static_cast<double>(size);
    double variance = 0;
    std::for_each(part, part + size,
                  [&](double v) { variance += (v - mean) * (v - mean) / static_cast<double>(size); });
    for (int64_t i = 0; i < size; ++i) {
      const int64_t channel = (g * size + i) / (out.height * out.width);
      part[i] = std::max(0.0, (part[i] - mean) / std::sqrt(variance + 1e-5) + bias[channel].item<double>());
    }
  }
  return out;
}

TEST(Cnn, EqualsPlainLoops) {
  const Field field = small_field(FieldType::kImage);
  const auto encoder = fitted({{"channels", 4}, {"blocks", 2}}, field);
  const EncodedField cells = *encoder->encode(field);
  const at::Tensor out = eval(*encoder, cells);
  const TensorMap learned = encoder->constants();
  auto parameters = encoder->named_parameters();
  for (const int64_t row : {0, 7, 11}) {
    Planes x = {3, 8, 12, {}};
    for (int64_t c = 0; c < 3; ++c) {
      for (int64_t i = 0; i < 8 * 12; ++i) {
        x.values.push_back(
            (field.images[row][c][i / 12][i % 12].item<double>() - learned.at("mean")[c].item<double>()) /
            learned.at("deviation")[c].item<double>());
      }
    }
    x = block(x, parameters["convolution0"], parameters["bias0"]);
    x = block(x, parameters["convolution1"], parameters["bias1"]);
    const int64_t places = x.height * x.width;
    for (int64_t d = 0; d < kOut; ++d) {
      double sum = 0;
      for (int64_t f = 0; f < 2 * x.channels; ++f) {
        const double* const plane = x.values.data() + f % x.channels * places;
        const double pooled = f < x.channels ? std::accumulate(plane, plane + places, 0.0) / static_cast<double>(places)
                                             : *std::max_element(plane, plane + places);
        sum += (pooled - learned.at("center")[f].item<double>()) / learned.at("spread")[f].item<double>() *
               parameters["map"][f][d].item<double>();
      }
      EXPECT_NEAR(out[row][d].item<double>(), sum, 1e-5 * std::max(1.0, std::abs(sum))) << row << " " << d;
    }
  }
}

TEST(Cnn, ScalesAreThoseOfTheTrainedRowsWithAnImage) {
  const Field field = small_field(FieldType::kImage);
  const auto encoder = fitted({}, field);
  std::vector<int64_t> seen(kSeenRows);
  std::iota(seen.begin(), seen.end(), 0);
  std::erase(seen, kMissingRow);
  const at::Tensor values =
      field.images.index_select(0, at::tensor(seen, at::kLong)).transpose(0, 1).flatten(1).to(at::kDouble);
  EXPECT_TRUE(at::allclose(encoder->constants().at("mean").to(at::kDouble), values.mean(1), 1e-6));
  EXPECT_TRUE(at::allclose(encoder->constants().at("deviation").to(at::kDouble), values.std(1, false), 1e-6));
}

TEST(Cnn, GradientsEqualFiniteDifferences) {
  const Field field = small_field(FieldType::kImage);
  const auto encoder = fitted({{"channels", 4}, {"blocks", 2}, {"augment", 0}}, field);
  for (auto& parameter : encoder->named_parameters()) {
    parameter.value().set_data(parameter.value().detach().to(at::kDouble));
  }
  const EncodedField cells = *encoder->encode(field);
  const at::Tensor direction = at::arange(kRows * kOut, at::kDouble).sin().view({kRows, kOut});
  (learn(*encoder, cells) * direction).sum().backward();
  for (auto& parameter : encoder->named_parameters()) {
    const at::Tensor values = parameter.value().detach().view(-1);
    for (const int64_t i : {int64_t{0}, values.size(0) / 2, values.size(0) - 1}) {
      constexpr double kStep = 1e-6;
      const double before = values[i].item<double>();
      const auto loss_at = [&](double value) {
        values[i] = value;
        return (eval(*encoder, cells) * direction).sum().item<double>();
      };
      const double numeric = (loss_at(before + kStep) - loss_at(before - kStep)) / (2 * kStep);
      values[i] = before;
      const double exact = parameter.value().grad().view(-1)[i].item<double>();
      EXPECT_NEAR(exact, numeric, 1e-5 * std::max(1.0, std::abs(numeric))) << parameter.key() << " " << i;
    }
  }
}

// Changes the parameters so that rows that are computed now differ from rows of before.
void disturb(Encoder& encoder) {
  const at::NoGradGuard no_grad;
  encoder.named_parameters()["map"].mul_(2);
}

TEST(Cnn, AStepComputesAFewRowsAndTakesTheOthersAsTheyWere) {
  const Field field = small_field(FieldType::kImage);
  const auto encoder = fitted({{"rows", 3}, {"augment", 0}}, field);
  const EncodedField cells = *encoder->encode(field);
  const at::Tensor before = eval(*encoder, cells);
  EXPECT_EQ(learn(*encoder, cells).sub(before).abs().sum(1).gt(1e-5).sum().item<int64_t>(), 0);
  disturb(*encoder);
  const at::Tensor out = learn(*encoder, cells).detach();
  const at::Tensor is_new = out.sub(before).abs().sum(1).gt(1e-5);
  EXPECT_EQ(is_new.sum().item<int64_t>(), 3);
  EXPECT_TRUE(at::allclose(out.index({is_new}), 2 * before.index({is_new}), 1e-4, 1e-6));
  EXPECT_FALSE(is_new[kMissingRow].item<bool>());
  // Further steps come to all rows, and rows without gradients are new at once.
  at::Tensor later;
  for (int step = 0; step < 40; ++step) {
    later = learn(*encoder, cells).detach();
  }
  EXPECT_TRUE(at::allclose(later, 2 * before, 1e-4, 1e-6));
  disturb(*encoder);
  EXPECT_TRUE(at::allclose(eval(*encoder, cells), 4 * before, 1e-4, 1e-6));
  EXPECT_TRUE(at::allclose(learn(*encoder, cells).detach(), 4 * before, 1e-4, 1e-6)) << "eval has refreshed the rest";
}

TEST(Cnn, WhatIsDrawnDependsOnTheSeedAloneAndChangesFromStepToStep) {
  const Field field = small_field(FieldType::kImage);
  const auto first = fitted({{"rows", 3}}, field), second = fitted({{"rows", 3}}, field);
  const EncodedField cells = *first->encode(field);
  const at::Tensor plain = eval(*first, cells);
  at::Tensor before = plain;
  for (int step = 0; step < 3; ++step) {
    const at::Tensor one = learn(*first, cells).detach();
    EXPECT_TRUE(one.equal(learn(*second, cells).detach()));
    EXPECT_FALSE(one.equal(before));
    before = one;
  }
  EXPECT_TRUE(eval(*first, cells).equal(plain)) << "without gradients nothing is drawn";
}

TEST(Cnn, ImagesOfAnotherShapeAreAnErrorAndNoneAreMissing) {
  const Field field = small_field(FieldType::kImage);
  const auto encoder = fitted({}, field);
  const Field other = field_of_cells("small.cells", Side::kItem, FieldType::kImage, {{"1x1x4:AAECAw=="}});
  const auto encoded = encoder->encode(other);
  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().at, "small.cells");
  const Field none = field_of_cells("small.cells", Side::kItem, FieldType::kImage, {{"no image"}, {}});
  const EncodedField cells = encoder->encode(none).value();
  EXPECT_FALSE(cells.present.any().item<bool>());
  EXPECT_TRUE(eval(*encoder, cells).eq(0).all().item<bool>());
}

}  // namespace
}  // namespace haina
