// Vectors: any given matrix (pictures, texts, sounds from elsewhere): standardised column by column on the training
// rows, then a linear map.
#include "base/seed.h"
#include "encoders/encoder.h"

namespace haina {
namespace {

constexpr double kConstant = 1e-7;  // of the mean: what rounding of float32 cells alone can make

class VectorsEncoder final : public Encoder {
 public:
  Status fit(const Field& field, const EncoderContext& context) override {
    at::Tensor seen = field.present();
    if (context.train != nullptr) {
      seen = seen.logical_and(field.side == Side::kItem ? context.train->item_counts(0).gt(0)
                                                        : context.train->offsets.diff().gt(0));
    }
    const at::Tensor rows = field.numbers.index_select(0, seen.nonzero().squeeze(1)).to(at::kDouble);
    if (rows.size(0) < 2) {
      mean_ = at::zeros({field.numbers.size(1)}, at::kFloat);
      deviation_ = at::ones({field.numbers.size(1)}, at::kFloat);
    } else {
      const at::Tensor mean = rows.mean(0), deviation = rows.std(0);
      mean_ = mean.to(at::kFloat);
      // A column that never varies in training says nothing: an infinite deviation makes it zero for later rows as
      // well.
      const at::Tensor constant = deviation.le(mean.abs().clamp_min(1) * kConstant);
      deviation_ = deviation.masked_fill(constant, std::numeric_limits<double>::infinity()).to(at::kFloat);
    }
    create(context, "encoders/vectors/" + field.full_name());
    return ok();
  }

  Result<EncodedField> encode(const Field& field) const override {
    if (field.numbers.size(1) != mean_.size(0)) {
      return fail({ErrorCode::kBadData,
                   "vectors of " + std::to_string(field.numbers.size(1)) + " numbers, fitted on " +
                       std::to_string(mean_.size(0)),
                   field.full_name(), "give vectors of the same length, or train again"});
    }
    EncodedField encoded;
    encoded.present = field.present();
    encoded.dense = ((field.numbers - mean_) / deviation_).nan_to_num(0, 0, 0).clamp(-10, 10).contiguous();
    return encoded;
  }

  at::Tensor forward(const EncoderInput& input) override {
    const at::Tensor dense = input.rows.defined() ? input.field->dense.index_select(0, input.rows) : input.field->dense;
    const at::Tensor& all = input.field->present;
    const at::Tensor present = input.rows.defined() ? all.index_select(0, input.rows) : all;
    return at::matmul(dense, map_) * present.unsqueeze(1);
  }

  TensorMap constants() const override { return {{"mean", mean_}, {"deviation", deviation_}}; }

  Status restore(const TensorMap& constants, const EncoderContext& context, const std::string& where) override {
    HAINA_TRY(mean_, take_tensor(constants, "mean", at::kFloat, 1, where));
    HAINA_TRY(deviation_, take_tensor(constants, "deviation", at::kFloat, 1, where));
    if (mean_.size(0) != deviation_.size(0)) {
      return fail({ErrorCode::kBadData, "vectors with other numbers of means and deviations", where,
                   "make it again with haina train"});
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

  at::Tensor mean_, deviation_;  // float32 [p]
  at::Tensor map_;               // float32 [p, width]
};

}  // namespace

EncoderEntry vectors_encoder_entry() {
  return {.name = "vectors",
          .summary = "Any given matrix: standardised, then a linear map.",
          .types = {FieldType::kVector},
          .params = {},
          .make = [](const Params&) { return std::make_shared<VectorsEncoder>(); }};
}

}  // namespace haina
