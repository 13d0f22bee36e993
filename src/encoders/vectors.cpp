// Vectors: any given matrix (of pictures, texts or sounds, computed elsewhere), standardized column by column on the
// training rows, then a trained linear map.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "base/seed.h"
#include "encoders/encoder.h"
#include "encoders/optional_constant.h"
#include "encoders/trained_rows.h"

namespace haina {
namespace {

constexpr double kConstant = 1e-7;  // relative to the mean: a deviation that rounding alone can cause
constexpr double kDefaultClip = 10;

class VectorsEncoder final : public Encoder {
 public:
  explicit VectorsEncoder(double clip) : clip_(clip) {}

  Status fit(const Field& field, const EncoderContext& context) override {
    const at::Tensor seen = field.present().logical_and(trained_rows(field, context));
    const at::Tensor rows = field.numbers.index_select(0, seen.nonzero().squeeze(1)).to(at::kDouble);
    if (rows.size(0) < 2) {
      mean_ = at::zeros({field.numbers.size(1)}, at::kFloat);
      deviation_ = at::ones({field.numbers.size(1)}, at::kFloat);
    } else {
      const at::Tensor mean = rows.mean(0), deviation = rows.std(0);
      mean_ = mean.to(at::kFloat);
      // A column without variance in training carries no information: an infinite deviation makes it zero in all rows.
      const at::Tensor constant = deviation.le(mean.abs().clamp_min(1) * kConstant);
      deviation_ = deviation.masked_fill(constant, std::numeric_limits<double>::infinity()).to(at::kFloat);
    }
    create(context, "encoders/vectors/" + field.full_name());
    return ok();
  }

  Result<EncodedField> encode(const Field& field) const override {
    if (field.numbers.size(1) != mean_.size(0)) {
      return fail({ErrorCode::kBadData,
                   "vectors have " + std::to_string(field.numbers.size(1)) + " dimensions, but training had " +
                       std::to_string(mean_.size(0)),
                   field.full_name(), "give vectors of the same length, or run haina train again"});
    }
    EncodedField encoded;
    encoded.present = field.present();
    encoded.dense = ((field.numbers - mean_) / deviation_).nan_to_num(0, 0, 0).clamp(-clip_, clip_).contiguous();
    return encoded;
  }

  at::Tensor forward(const EncoderInput& input) override {
    const at::Tensor dense = input.rows.defined() ? input.field->dense.index_select(0, input.rows) : input.field->dense;
    const at::Tensor& all = input.field->present;
    const at::Tensor present = input.rows.defined() ? all.index_select(0, input.rows) : all;
    return at::matmul(dense, map_) * present.unsqueeze(1);
  }

  TensorMap constants() const override {
    TensorMap constants = {{"mean", mean_}, {"deviation", deviation_}};
    put_unless_default("clip", clip_, kDefaultClip, constants);
    return constants;
  }

  Status restore(const TensorMap& constants, const EncoderContext& context, const std::string& where) override {
    HAINA_TRY(mean_, take_tensor(constants, "mean", at::kFloat, 1, where));
    HAINA_TRY(deviation_, take_tensor(constants, "deviation", at::kFloat, 1, where));
    HAINA_TRY(clip_, take_or_default(constants, "clip", kDefaultClip, where));
    if (mean_.size(0) != deviation_.size(0)) {
      return fail(
          {ErrorCode::kBadData, "means and deviations of vectors differ in number", where, "run haina train again"});
    }
    create(context, where);
    return ok();
  }

 private:
  void create(const EncoderContext& context, const std::string& purpose) {
    at::Generator generator = make_generator(context.seed, purpose);
    const double std = 0.5 / std::sqrt(static_cast<double>(std::max<int64_t>(1, mean_.size(0))));
    map_ = register_parameter("map", at::normal(0, std, {mean_.size(0), context.width}, generator, at::kFloat));
  }

  double clip_;
  at::Tensor mean_, deviation_;  // float32 [p]
  at::Tensor map_;               // float32 [p, width]
};

}  // namespace

EncoderEntry vectors_encoder_entry() {
  return {.name = "vectors",
          .summary = "Any given matrix: standardized, then a linear map.",
          .types = {FieldType::kVector},
          .params = {{.name = "clip",
                      .value = kDefaultClip,
                      .min = 0.1,
                      .max = 1e6,
                      .doc = "standardized values are clipped to plus or minus this"}},
          .make = [](const Params& p) { return std::make_shared<VectorsEncoder>(p.number("clip")); }};
}

}  // namespace haina
