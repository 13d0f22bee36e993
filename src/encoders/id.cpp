// Id: a free vector for each row with training events, for what no content explains. Other rows count as missing, so
// that content alone describes them.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "base/seed.h"
#include "encoders/encoder.h"
#include "encoders/trained_rows.h"

namespace haina {
namespace {

class IdEncoder final : public Encoder {
 public:
  Status fit(const Field& field, const EncoderContext& context) override {
    const at::Tensor seen = trained_rows(field, context);
    trained_rows_ = register_buffer("seen", seen);
    create(field.num_rows, context, "encoders/id/" + field.full_name());
    return ok();
  }

  Result<EncodedField> encode(const Field& field) const override {
    EncodedField encoded;
    encoded.codes = at::arange(field.num_rows, at::kLong);
    encoded.present = at::zeros({field.num_rows}, at::kBool);
    const int64_t known = std::min(field.num_rows, trained_rows_.size(0));
    encoded.present.narrow(0, 0, known).copy_(trained_rows_.narrow(0, 0, known));
    return encoded;
  }

  at::Tensor forward(const EncoderInput& input) override {
    const at::Tensor codes = input.rows.defined() ? input.field->codes.index_select(0, input.rows) : input.field->codes;
    const at::Tensor& all = input.field->present;
    const at::Tensor present = input.rows.defined() ? all.index_select(0, input.rows) : all;
    return at::embedding(table_, codes.clamp_max(table_.size(0) - 1)) * present.unsqueeze(1);
  }

  TensorMap constants() const override { return {{"seen", trained_rows_}}; }

  Status restore(const TensorMap& constants, const EncoderContext& context, const std::string& where) override {
    HAINA_TRY(const at::Tensor seen, take_tensor(constants, "seen", at::kBool, 1, where));
    trained_rows_ = register_buffer("seen", seen);
    create(seen.size(0), context, where);
    return ok();
  }

 private:
  void create(int64_t rows, const EncoderContext& context, const std::string& purpose) {
    at::Generator generator = make_generator(context.seed, purpose);
    table_ = register_parameter("table", at::normal(0, kInitStd, {rows, context.width}, generator, at::kFloat));
  }

  at::Tensor table_;         // float32 [rows, width]
  at::Tensor trained_rows_;  // bool [rows]
};

}  // namespace

EncoderEntry id_encoder_entry() {
  return {.name = "id",
          .summary = "A free vector for every row with training events.",
          .types = {FieldType::kId},
          .params = {},
          .make = [](const Params&) { return std::make_shared<IdEncoder>(); }};
}

}  // namespace haina
