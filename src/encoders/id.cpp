// Id: a free vector a row seen in training. What no content explains is learned here; a row never seen counts as
// missing, so it is served by the rest.
#include "base/seed.h"
#include "encoders/encoder.h"

namespace haina {
namespace {

constexpr double kInitStd = 0.02;

class IdEncoder final : public Encoder {
 public:
  Status fit(const Field& field, const EncoderContext& context) override {
    at::Tensor seen = at::ones({field.num_rows}, at::kBool);
    if (context.train != nullptr) {
      seen = field.side == Side::kItem ? context.train->item_counts(0).gt(0) : context.train->offsets.diff().gt(0);
    }
    seen_ = register_buffer("seen", seen);
    create(field.num_rows, context, "encoders/id/" + field.full_name());
    return ok();
  }

  Result<EncodedField> encode(const Field& field) const override {
    EncodedField encoded;
    encoded.codes = at::arange(field.num_rows, at::kLong);
    encoded.present = at::zeros({field.num_rows}, at::kBool);
    const int64_t known = std::min(field.num_rows, seen_.size(0));
    encoded.present.narrow(0, 0, known).copy_(seen_.narrow(0, 0, known));
    return encoded;
  }

  at::Tensor forward(const EncoderInput& input) override {
    const at::Tensor codes = input.rows.defined() ? input.field->codes.index_select(0, input.rows) : input.field->codes;
    const at::Tensor& all = input.field->present;
    const at::Tensor present = input.rows.defined() ? all.index_select(0, input.rows) : all;
    return at::embedding(table_, codes.clamp_max(table_.size(0) - 1)) * present.unsqueeze(1);
  }

  TensorMap constants() const override { return {{"seen", seen_}}; }

  Status restore(const TensorMap& constants, const EncoderContext& context, const std::string& where) override {
    HAINA_TRY(const at::Tensor seen, take_tensor(constants, "seen", at::kBool, 1, where));
    seen_ = register_buffer("seen", seen);
    create(seen.size(0), context, where);
    return ok();
  }

 private:
  void create(int64_t rows, const EncoderContext& context, const std::string& purpose) {
    at::Generator generator = make_generator(context.seed, purpose);
    table_ = register_parameter("table", at::normal(0, kInitStd, {rows, context.width}, generator, at::kFloat));
  }

  at::Tensor table_;  // float32 [rows, width]
  at::Tensor seen_;   // bool [rows]
};

}  // namespace

EncoderEntry id_encoder_entry() {
  return {.name = "id",
          .summary = "A free vector for every row seen in training.",
          .types = {FieldType::kId},
          .params = {},
          .make = [](const Params&) { return std::make_shared<IdEncoder>(); }};
}

}  // namespace haina
