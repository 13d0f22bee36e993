// Behavior: the recent history of a user, in order, over the fused vectors of the items. Four views are joined.
// Interest: attention over the recent history with the newest item as the query, so that of many tastes the present one
// counts (Zhou et al. 2018, DIN), with learned forgetting by steps and by days. Trajectory: two running means, one fast
// and one slow, of the fused vectors, which hold category, brand and price. Range: the spread of the newest items.
// Cost: history x width^2 per user.
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/seed.h"
#include "encoders/encoder.h"
#include "encoders/optional_constant.h"

namespace haina {
namespace {

constexpr double kDefaultRange = 10;

class BehaviourEncoder final : public Encoder {
 public:
  BehaviourEncoder(int64_t heads, int64_t range) : heads_(heads), range_(range) {}

  Status fit(const Field& field, const EncoderContext& context) override {
    create(context, "encoders/behaviour/" + field.full_name());
    return ok();
  }

  Result<EncodedField> encode(const Field& field) const override {
    EncodedField encoded;
    encoded.present = at::ones({field.num_rows}, at::kBool);
    return encoded;
  }

  at::Tensor forward(const EncoderInput& input) override {
    const HistoryBatch& history = *input.history;
    const int64_t users = history.vectors.size(0), length = history.vectors.size(1), width = history.vectors.size(2);
    if (length == 0) {
      return at::zeros({users, width}, history.vectors.options());
    }
    const at::Tensor steps = at::arange(length, history.vectors.options());
    const at::Tensor mask = steps.unsqueeze(0).lt(history.lengths.unsqueeze(1));  // [B, L]
    const at::Tensor x = history.vectors * (std::sqrt(static_cast<double>(width)) * mask.unsqueeze(2));
    const auto by_head = [&](const at::Tensor& rows) { return rows.reshape({users, -1, heads_, width / heads_}); };
    const at::Tensor query = at::linear(x.select(1, 0), query_, query_bias_);
    const at::Tensor keys = at::linear(x, key_);
    at::Tensor logits = (by_head(keys) * by_head(query)).sum(3) / std::sqrt(static_cast<double>(width / heads_));
    logits = logits - at::softplus(forget_[0]) * steps.log1p().reshape({1, -1, 1}) -
             at::softplus(forget_[1]) * history.ages.unsqueeze(2);
    const at::Tensor weights = at::softmax(logits.masked_fill(mask.logical_not().unsqueeze(2), -1e9), 1);
    const at::Tensor interest = (by_head(at::linear(x, value_)) * weights.unsqueeze(3)).sum(1).reshape({users, width});
    std::vector<at::Tensor> views = {interest};
    for (int64_t rate = 0; rate < 2; ++rate) {
      const at::Tensor decay = (steps * -at::softplus(rates_[rate])).exp() * mask;
      views.push_back((x * (decay / decay.sum(1, true).clamp_min(1e-6)).unsqueeze(2)).sum(1));
    }
    const at::Tensor newest = (mask.logical_and(steps.lt(range_)).to(at::kFloat)).unsqueeze(2);
    const at::Tensor count = newest.sum(1).clamp_min(1);
    const at::Tensor mean = (x * newest).sum(1) / count;
    views.push_back((((x - mean.unsqueeze(1)).square() * newest).sum(1) / count + 1e-6).sqrt());
    return at::linear(at::cat(views, 1), out_) * history.lengths.gt(0).unsqueeze(1);
  }

  TensorMap constants() const override {
    TensorMap constants = {{"heads", at::full({1}, heads_, at::kLong)}};
    put_unless_default("range", static_cast<double>(range_), kDefaultRange, constants);
    return constants;
  }

  Status restore(const TensorMap& constants, const EncoderContext& context, const std::string& where) override {
    HAINA_TRY(const at::Tensor heads, take_tensor(constants, "heads", at::kLong, 1, where));
    HAINA_TRY(const double range, take_or_default(constants, "range", kDefaultRange, where));
    range_ = static_cast<int64_t>(range);
    heads_ = heads.numel() == 1 ? heads.item<int64_t>() : 0;
    if (heads_ < 1 || heads_ > context.width) {
      return fail({ErrorCode::kBadData, "attention with an invalid number of heads", where, "run haina train again"});
    }
    create(context, where);
    return ok();
  }

 private:
  void create(const EncoderContext& context, const std::string& purpose) {
    const int64_t width = context.width;
    while (width % heads_ != 0) {
      --heads_;
    }
    at::Generator generator = make_generator(context.seed, purpose);
    const auto normal = [&](std::vector<int64_t> shape) {
      const double std = 0.5 / std::sqrt(static_cast<double>(shape.back()));
      return at::normal(0, std, shape, generator, at::kFloat);
    };
    query_ = register_parameter("query", normal({width, width}));
    key_ = register_parameter("key", normal({width, width}));
    value_ = register_parameter("value", normal({width, width}));
    out_ = register_parameter("out", normal({width, 4 * width}));
    query_bias_ = register_parameter("ask", at::zeros({width}));
    forget_ = register_parameter("forget", at::zeros({2, heads_}));
    rates_ = register_parameter("rates", at::tensor({0.0, -2.0}, at::kFloat));  // half-lives of 1 and of 5 steps
  }

  int64_t heads_;  // lowered to a divisor of the width
  int64_t range_;
  at::Tensor query_, key_, value_, query_bias_;  // float32 [width, width], [width]
  at::Tensor forget_;                            // float32 [2, heads]: by steps, by days
  at::Tensor rates_;                             // float32 [2]
  at::Tensor out_;                               // float32 [width, 4 width]
};

}  // namespace

EncoderEntry behaviour_encoder_entry() {
  return {.name = "behaviour",
          .summary = "The recent history in order: the present interest by attention, and its trend.",
          .types = {FieldType::kBehaviour},
          .params = {{.name = "heads",
                      .value = 4,
                      .min = 1,
                      .max = 64,
                      .doc = "attention heads; lowered to a divisor of the width"},
                     {.name = "range",
                      .value = kDefaultRange,
                      .min = 1,
                      .max = HistoryBatch::kLongest,
                      .doc = "number of newest items whose spread is a view"}},
          .make = [](const Params& p) {
            return std::make_shared<BehaviourEncoder>(p.integer("heads"), p.integer("range"));
          }};
}

}  // namespace haina
