// Number, or date in days: robust scaling ((x - median) / interquartile range, clipped), quantile bins with a vector
// each, and a line through the scaled value. The bins learn steps and peaks, the line interpolates. A missing cell
// gives zeros.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/seed.h"
#include "encoders/encoder.h"
#include "encoders/optional_constant.h"
#include "encoders/trained_rows.h"

namespace haina {
namespace {

constexpr double kDefaultClip = 4;

class NumberEncoder final : public Encoder {
 public:
  NumberEncoder(int64_t bins, double clip) : bins_(bins), clip_(clip) {}

  Status fit(const Field& field, const EncoderContext& context) override {
    const at::Tensor seen = at::isfinite(field.numbers).logical_and(trained_rows(field, context));
    const at::Tensor values = field.numbers.masked_select(seen).to(at::kDouble);
    edges_ = at::zeros({bins_ - 1}, at::kFloat);
    scale_ = at::tensor(std::vector<float>{0, 1}, at::kFloat);
    if (values.numel() > 0) {
      const at::Tensor shares = at::arange(1, bins_, at::kDouble) / static_cast<double>(bins_);
      edges_ = at::quantile(values, shares).to(at::kFloat).contiguous();
      const at::Tensor quartiles = at::quantile(values, at::tensor(std::vector<double>{0.25, 0.5, 0.75}, at::kDouble));
      const double spread = (quartiles[2] - quartiles[0]).item<double>();
      const double fallback = values.numel() > 1 ? values.std().item<double>() : 0;
      const double unit = spread > 0 ? spread : fallback > 0 ? fallback : 1;
      scale_ = at::tensor(std::vector<float>{quartiles[1].item<float>(), static_cast<float>(unit)}, at::kFloat);
    }
    create(context, "encoders/number/" + field.full_name());
    return ok();
  }

  Result<EncodedField> encode(const Field& field) const override {
    EncodedField encoded;
    encoded.present = at::isfinite(field.numbers);
    const at::Tensor filled = field.numbers.nan_to_num(0, 0, 0);
    encoded.dense = ((filled - scale_[0]) / scale_[1]).clamp(-clip_, clip_).unsqueeze(1).contiguous();
    encoded.codes = at::bucketize(filled, edges_, /*out_int32=*/false, /*right=*/true);
    return encoded;
  }

  at::Tensor forward(const EncoderInput& input) override {
    const EncodedField& field = *input.field;
    const bool some = input.rows.defined();
    const at::Tensor codes = some ? field.codes.index_select(0, input.rows) : field.codes;
    const at::Tensor dense = some ? field.dense.index_select(0, input.rows) : field.dense;
    const at::Tensor present = some ? field.present.index_select(0, input.rows) : field.present;
    return (at::embedding(table_, codes) + dense * line_) * present.unsqueeze(1);
  }

  TensorMap constants() const override {
    TensorMap constants = {{"edges", edges_}, {"scale", scale_}};
    put_unless_default("clip", clip_, kDefaultClip, constants);
    return constants;
  }

  Status restore(const TensorMap& constants, const EncoderContext& context, const std::string& where) override {
    HAINA_TRY(edges_, take_tensor(constants, "edges", at::kFloat, 1, where));
    HAINA_TRY(scale_, take_tensor(constants, "scale", at::kFloat, 1, where));
    HAINA_TRY(clip_, take_or_default(constants, "clip", kDefaultClip, where));
    if (scale_.size(0) != 2) {
      return fail(
          {ErrorCode::kBadData, "the scale of a number is not a median and a range", where, "run haina train again"});
    }
    bins_ = edges_.size(0) + 1;
    create(context, where);
    return ok();
  }

 private:
  void create(const EncoderContext& context, const std::string& purpose) {
    at::Generator generator = make_generator(context.seed, purpose);
    table_ = register_parameter("table", at::normal(0, kInitStd, {bins_, context.width}, generator, at::kFloat));
    line_ = register_parameter("line", at::normal(0, kInitStd, {1, context.width}, generator, at::kFloat));
  }

  int64_t bins_;
  double clip_;
  at::Tensor edges_;  // float32 [bins - 1], ascending
  at::Tensor scale_;  // float32 [2]: median, interquartile range
  at::Tensor table_;  // float32 [bins, width]
  at::Tensor line_;   // float32 [1, width]
};

}  // namespace

EncoderEntry number_encoder_entry() {
  return {.name = "number",
          .summary = "Robust scaling, quantile bins and a line.",
          .types = {FieldType::kNumber, FieldType::kDate},
          .params = {{.name = "bins", .value = 10, .min = 2, .max = 1000, .doc = "number of quantile bins"},
                     {.name = "clip",
                      .value = kDefaultClip,
                      .min = 0.1,
                      .max = 1e6,
                      .doc = "scaled values are clipped to plus or minus this"}},
          .make = [](const Params& p) { return std::make_shared<NumberEncoder>(p.integer("bins"), p.number("clip")); }};
}

}  // namespace haina
