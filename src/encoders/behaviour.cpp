// Behaviour: what a user did of late, in order, over the fused vectors of the items. Interest: attention over the
// recent history, asked by its newest item, so that of many tastes the present one speaks (Zhou et al. 2018, DIN), with
// learned forgetting by steps and by days. Trajectory: where the history is heading (two running means, one quick and
// one slow; the fused vectors hold category, brand and price), and how wide its range is of late. Cost: history x
// width^2.
#include "base/seed.h"
#include "encoders/encoder.h"

namespace haina {
namespace {

constexpr int64_t kRange = 10;  // newest items whose spread is the range

class BehaviourEncoder final : public Encoder {
 public:
  explicit BehaviourEncoder(int64_t heads) : heads_(heads) {}

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
    const at::Tensor query = at::linear(x.select(1, 0), query_, ask_);
    const at::Tensor keys = at::linear(x, key_);
    at::Tensor logits = (by_head(keys) * by_head(query)).sum(3) / std::sqrt(static_cast<double>(width / heads_));
    logits = logits - at::softplus(forget_[0]) * steps.log1p().reshape({1, -1, 1}) -
             at::softplus(forget_[1]) * history.ages.unsqueeze(2);
    const at::Tensor weights = at::softmax(logits.masked_fill(mask.logical_not().unsqueeze(2), -1e9), 1);
    const at::Tensor interest = (by_head(at::linear(x, value_)) * weights.unsqueeze(3)).sum(1).reshape({users, width});
    std::vector<at::Tensor> views = {interest};
    for (int64_t rate = 0; rate < 2; ++rate) {
      const at::Tensor fading = (steps * -at::softplus(rates_[rate])).exp() * mask;
      views.push_back((x * (fading / fading.sum(1, true).clamp_min(1e-6)).unsqueeze(2)).sum(1));
    }
    const at::Tensor late = (mask.logical_and(steps.lt(kRange)).to(at::kFloat)).unsqueeze(2);
    const at::Tensor count = late.sum(1).clamp_min(1);
    const at::Tensor mean = (x * late).sum(1) / count;
    views.push_back((((x - mean.unsqueeze(1)).square() * late).sum(1) / count + 1e-6).sqrt());
    return at::linear(at::cat(views, 1), out_) * history.lengths.gt(0).unsqueeze(1);
  }

  TensorMap constants() const override { return {{"heads", at::full({1}, heads_, at::kLong)}}; }

  Status restore(const TensorMap& constants, const EncoderContext& context, const std::string& where) override {
    HAINA_TRY(const at::Tensor heads, take_tensor(constants, "heads", at::kLong, 1, where));
    heads_ = heads.numel() == 1 ? heads.item<int64_t>() : 0;
    if (heads_ < 1 || heads_ > context.width) {
      return fail({ErrorCode::kBadData, "attention with no heads", where, "make it again with haina train"});
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
    ask_ = register_parameter("ask", at::zeros({width}));
    forget_ = register_parameter("forget", at::zeros({2, heads_}));
    rates_ = register_parameter("rates", at::tensor({0.0, -2.0}, at::kFloat));  // half gone after 1 step, and after 5
  }

  int64_t heads_;
  at::Tensor query_, key_, value_, ask_;  // float32 [width, width], [width]
  at::Tensor forget_;                     // [2, heads]: by steps, by days
  at::Tensor rates_;                      // [2]
  at::Tensor out_;                        // [width, 4 width]
};

}  // namespace

EncoderEntry behaviour_encoder_entry() {
  return {.name = "behaviour",
          .summary = "Recent history in order: present interest by attention, and where it is heading.",
          .types = {FieldType::kBehaviour},
          .params = {{.name = "heads", .value = 4, .min = 1, .max = 64, .doc = "attention heads"}},
          .make = [](const Params& p) { return std::make_shared<BehaviourEncoder>(p.integer("heads")); }};
}

}  // namespace haina
