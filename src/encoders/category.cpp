// Category: one trained vector per value. A value that too few training rows have counts as missing.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/seed.h"
#include "encoders/encoder.h"
#include "encoders/trained_rows.h"

namespace haina {
namespace {

class CategoryEncoder final : public Encoder {
 public:
  explicit CategoryEncoder(int64_t min_count) : min_count_(min_count) {}

  Status fit(const Field& field, const EncoderContext& context) override {
    const at::Tensor seen = trained_rows(field, context);
    std::vector<int64_t> counts(static_cast<size_t>(field.values.size()), 0);
    for (int64_t r = 0; r < field.num_rows; ++r) {
      const int32_t code = field.codes.const_data_ptr<int32_t>()[r];
      if (code >= 0 && seen.const_data_ptr<bool>()[r]) {
        ++counts[static_cast<size_t>(code)];
      }
    }
    for (int32_t code = 0; code < field.values.size(); ++code) {
      if (counts[static_cast<size_t>(code)] >= min_count_) {
        values_.find_or_add(field.values.name(code));
      }
    }
    create(context, "encoders/category/" + field.full_name());
    return ok();
  }

  Result<EncodedField> encode(const Field& field) const override {
    EncodedField encoded;
    encoded.codes = at::zeros({field.num_rows}, at::kLong);
    encoded.present = at::zeros({field.num_rows}, at::kBool);
    for (int64_t r = 0; r < field.num_rows; ++r) {
      const int32_t code = field.codes.const_data_ptr<int32_t>()[r];
      if (const auto known = code < 0 ? std::nullopt : values_.find(field.values.name(code))) {
        encoded.codes.data_ptr<int64_t>()[r] = *known;
        encoded.present.data_ptr<bool>()[r] = true;
      }
    }
    return encoded;
  }

  at::Tensor forward(const EncoderInput& input) override {
    const at::Tensor codes = input.rows.defined() ? input.field->codes.index_select(0, input.rows) : input.field->codes;
    const at::Tensor& all = input.field->present;
    const at::Tensor present = input.rows.defined() ? all.index_select(0, input.rows) : all;
    return at::embedding(table_, codes) * present.unsqueeze(1);
  }

  TensorMap constants() const override {
    TensorMap constants;
    values_.pack("values", constants);
    return constants;
  }

  Status restore(const TensorMap& constants, const EncoderContext& context, const std::string& where) override {
    HAINA_TRY(values_, Vocabulary::unpack("values", constants, where));
    create(context, where);
    return ok();
  }

 private:
  void create(const EncoderContext& context, const std::string& purpose) {
    at::Generator generator = make_generator(context.seed, purpose);
    // There is a row 0 even without values, so that every code is a valid index.
    const int64_t rows = std::max<int64_t>(1, values_.size());
    table_ = register_parameter("table", at::normal(0, kInitStd, {rows, context.width}, generator, at::kFloat));
  }

  int64_t min_count_;
  Vocabulary values_;
  at::Tensor table_;  // float32 [values, width]
};

}  // namespace

EncoderEntry category_encoder_entry() {
  return {.name = "category",
          .summary = "One vector per value; rare and unseen values count as missing.",
          .types = {FieldType::kCategory},
          .params = {{.name = "min_count",
                      .value = 2,
                      .min = 1,
                      .max = 1e9,
                      .doc = "number of training rows that must have a value for it to count"}},
          .make = [](const Params& p) { return std::make_shared<CategoryEncoder>(p.integer("min_count")); }};
}

}  // namespace haina
