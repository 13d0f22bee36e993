// What every encoder guarantees, for every field type that it serves.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "encoders/encoder.h"
#include "small_fields.h"

namespace haina {
namespace {

constexpr int64_t kWidth = 8;

struct Case {
  std::string encoder;
  FieldType type;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const EncoderEntry& entry : encoder_entries()) {
    for (const FieldType type : entry.types) {
      if (type != FieldType::kBehaviour) {  // encodes histories, not rows: behaviour_test.cpp
        all.push_back({entry.name, type});
      }
    }
  }
  return all;
}

at::Tensor output_of(Encoder& encoder, const EncodedField& encoded, const at::Tensor& rows = {}) {
  const at::NoGradGuard no_grad;
  return encoder.forward({.field = &encoded, .rows = rows, .history = nullptr});
}

class EncoderContract : public testing::TestWithParam<Case> {
 protected:
  std::shared_ptr<Encoder> make() const {
    const EncoderEntry& entry = **find_encoder(GetParam().encoder, "");
    return entry.make(Params(entry.params));
  }
  std::shared_ptr<Encoder> fitted(const Field& field, uint64_t seed = 7) const {
    std::shared_ptr<Encoder> encoder = make();
    const Status status = encoder->fit(field, {.width = kWidth, .train = &train_, .fields = {}, .seed = seed});
    EXPECT_TRUE(status) << to_text(status.error());
    return encoder;
  }
  static EncodedField encoded(const Encoder& encoder, const Field& field) {
    Result<EncodedField> result = encoder.encode(field);
    EXPECT_TRUE(result) << to_text(result.error());
    return *result;
  }
  Interactions train_ = small_train();
  Field field_ = small_field(GetParam().type);
};

TEST_P(EncoderContract, EveryRowHasAFiniteVectorAndAbsentRowsHaveZeros) {
  const auto encoder = fitted(field_);
  const EncodedField cells = encoded(*encoder, field_);
  const at::Tensor out = output_of(*encoder, cells);
  ASSERT_EQ(out.sizes().vec(), (std::vector<int64_t>{kRows, kWidth}));
  EXPECT_EQ(out.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::isfinite(out).all().item<bool>());
  ASSERT_EQ(cells.present.sizes().vec(), std::vector<int64_t>{kRows});
  EXPECT_TRUE(cells.present.any().item<bool>());
  if (GetParam().type != FieldType::kId) {
    EXPECT_FALSE(cells.present[kMissingRow].item<bool>());
  }
  const at::Tensor length = out.abs().sum(1);
  EXPECT_TRUE(length.gt(0).equal(cells.present)) << length << cells.present;
}

TEST_P(EncoderContract, SelectedRowsEqualTheirRowsOfAll) {
  const auto encoder = fitted(field_);
  const EncodedField cells = encoded(*encoder, field_);
  const at::Tensor rows = at::tensor(std::vector<int64_t>{3, kMissingRow, 0, 3}, at::kLong);
  EXPECT_TRUE(at::allclose(output_of(*encoder, cells, rows), output_of(*encoder, cells).index_select(0, rows)));
  EXPECT_EQ(output_of(*encoder, cells, at::empty({0}, at::kLong)).size(0), 0);
}

TEST_P(EncoderContract, ARestoredOneGivesTheSameBits) {
  const auto encoder = fitted(field_);
  const auto again = make();
  const Status status = again->restore(encoder->constants(), {.width = kWidth, .train = nullptr, .fields = {}}, "m");
  ASSERT_TRUE(status) << to_text(status.error());
  const at::NoGradGuard no_grad;
  ASSERT_EQ(again->named_parameters().size(), encoder->named_parameters().size());
  for (auto& parameter : again->named_parameters()) {
    ASSERT_EQ(parameter.value().sizes(), encoder->named_parameters()[parameter.key()].sizes()) << parameter.key();
    parameter.value().copy_(encoder->named_parameters()[parameter.key()]);
  }
  const at::Tensor out = output_of(*encoder, encoded(*encoder, field_));
  EXPECT_TRUE(out.equal(output_of(*again, encoded(*again, field_))));
}

TEST_P(EncoderContract, RestoreOfAnEmptyFileNamesTheFile) {
  const Status status = make()->restore({}, {.width = kWidth, .train = nullptr, .fields = {}}, "model/x");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadData);
  EXPECT_NE(status.error().at.find("model/x"), std::string::npos);
  EXPECT_FALSE(status.error().hint.empty());
}

TEST_P(EncoderContract, ValuesOfRowsWithoutEventsLeaveNoTrace) {
  const Field changed = changed_where_unseen(field_);
  const auto encoder = fitted(field_);
  const auto other = fitted(changed);
  const TensorMap one = encoder->constants(), two = other->constants();
  ASSERT_EQ(one.size(), two.size());
  for (const auto& [name, tensor] : one) {
    EXPECT_TRUE(tensor.equal(two.at(name))) << name;
  }
  for (const auto& parameter : encoder->named_parameters()) {
    EXPECT_TRUE(parameter.value().equal(other->named_parameters()[parameter.key()])) << parameter.key();
  }
  const at::Tensor out = output_of(*encoder, encoded(*encoder, field_));
  const at::Tensor later = output_of(*other, encoded(*other, changed));
  EXPECT_TRUE(out.narrow(0, 0, kSeenRows).equal(later.narrow(0, 0, kSeenRows)));
}

TEST_P(EncoderContract, ParametersDependOnTheSeedAndOnTheField) {
  const auto encoder = fitted(field_);
  const auto same = fitted(field_), seed = fitted(field_, 8), name = fitted(small_field(GetParam().type, "others"));
  for (const auto& parameter : encoder->named_parameters()) {
    EXPECT_TRUE(parameter.value().equal(same->named_parameters()[parameter.key()])) << parameter.key();
    EXPECT_FALSE(parameter.value().equal(seed->named_parameters()[parameter.key()])) << parameter.key();
    EXPECT_FALSE(parameter.value().equal(name->named_parameters()[parameter.key()])) << parameter.key();
  }
}

// Settings that encode() needs must survive a restore, since the caller restores with default parameters.
TEST_P(EncoderContract, SettingsSurviveARestore) {
  const EncoderEntry& entry = **find_encoder(GetParam().encoder, "");
  for (const ParamSpec& spec : entry.params) {
    Params params(entry.params);
    ASSERT_TRUE(params.set(spec.name, std::max(spec.min, std::floor(spec.value / 2)), ""));
    const auto encoder = entry.make(params);
    ASSERT_TRUE(encoder->fit(field_, {.width = kWidth, .train = &train_, .fields = {}}));
    const auto again = make();
    ASSERT_TRUE(again->restore(encoder->constants(), {.width = kWidth, .train = nullptr, .fields = {}}, "m"));
    const at::NoGradGuard no_grad;
    for (auto& parameter : again->named_parameters()) {
      ASSERT_EQ(parameter.value().sizes(), encoder->named_parameters()[parameter.key()].sizes()) << spec.name;
      parameter.value().copy_(encoder->named_parameters()[parameter.key()]);
    }
    EXPECT_TRUE(output_of(*encoder, encoded(*encoder, field_)).equal(output_of(*again, encoded(*again, field_))))
        << spec.name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, EncoderContract, testing::ValuesIn(cases()), [](const auto& each) {
  return each.param.encoder + "_" + std::string(to_string(each.param.type));
});

}  // namespace
}  // namespace haina
