// EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019): item weights in closed form, the strongest
// linear model on small dense catalogues. Side sources join as extra rows of the data. Cost: items³/3 flops and
// 2·items² floats to fit.
#include <algorithm>
#include <cmath>

#include "experts/expert.h"
#include "experts/parts.h"
#include "kernels/products.h"

namespace haina {
namespace {

class Ease final : public Expert {
 public:
  explicit Ease(const Params& p)
      : l2_(p.number("l2")),
        pop_power_(p.number("pop_power")),
        side_weight_(p.number("side_weight")),
        max_items_(p.integer("max_items")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    HAINA_OK(require_events(train));
    const int64_t n = train.num_items;
    if (n > max_items_) {
      return fail({ErrorCode::kUnsupported,
                   fmt::format("ease inverts an items x items matrix, and {} items are more than {}", n, max_items_),
                   "",
                   "raise its max_items if memory allows (8 bytes x items²), or leave it out: ials and item_knn scale "
                   "further"});
    }
    const Csr x = binary_matrix(train);
    at::Tensor p = gram(x, context.stop);
    if (side_weight_ > 0) {
      for (const Csr& bags : item_bags(context.fields, n)) {
        // Scaled with l2, so that one weight means the same share of the regularised problem on sets of any size.
        p.add_(gram(transpose(tf_idf(bags)), context.stop), side_weight_ * l2_ / 100);
      }
    }
    if (stop_requested(context)) {
      return interrupted();
    }
    p.diagonal().add_(ridge(column_counts(x)));
    auto [factor, info] = at::linalg_cholesky_ex(p);
    p.reset();
    if (info.item<int32_t>() != 0) {
      return fail({ErrorCode::kUnsupported, fmt::format("ease cannot invert its matrix in float32 with l2 = {}", l2_),
                   "", "raise l2"});
    }
    if (stop_requested(context)) {
      return interrupted();
    }
    weights_ = at::cholesky_inverse(factor).contiguous();
    weights_.div_(weights_.diagonal().clone().neg_().unsqueeze(0));
    weights_.diagonal().zero_();
    return ok();
  }

  at::Tensor score(std::span<const UserState> users) const override {
    return multiply(binary_histories(users, weights_.size(0)), weights_);
  }

  TensorMap state() const override { return {{"weights", weights_}}; }

  Status restore(const TensorMap& state, const std::string& where) override {
    HAINA_TRY(weights_, take_tensor(state, "weights", at::kFloat, 2, where));
    if (weights_.size(0) != weights_.size(1)) {
      return fail({ErrorCode::kBadData, "the weights of ease are not square", where, "train again"});
    }
    return ok();
  }

 private:
  // λ_i = l2·pop_i^power, scaled to the mean l2 over the items seen; an item never seen gets l2.
  at::Tensor ridge(const std::vector<float>& pop) const {
    double sum = 0, seen = 0;
    for (const float count : pop) {
      sum += count > 0 ? std::pow(count, pop_power_) : 0;
      seen += count > 0 ? 1 : 0;
    }
    at::Tensor result = at::full({std::ssize(pop)}, l2_, at::kFloat);
    float* const out = result.data_ptr<float>();
    for (size_t i = 0; i < pop.size(); ++i) {
      if (pop[i] > 0) {
        out[i] = static_cast<float>(l2_ * std::pow(pop[i], pop_power_) * seen / sum);
      }
    }
    return result;
  }

  double l2_, pop_power_, side_weight_;
  int64_t max_items_;
  at::Tensor weights_;  // float32 [items, items]: row i is what having item i says of every item
};

}  // namespace

ExpertEntry ease_entry() {
  return {
      .name = "ease",
      .summary = "Linear item weights in closed form: strong on catalogues up to some ten thousand items.",
      .params = {{.name = "l2", .value = 300, .min = 1e-3, .max = 1e7, .doc = "regularisation"},
                 {.name = "pop_power",
                  .value = 0,
                  .min = 0,
                  .max = 2,
                  .doc = "l2 of an item grows as its popularity to this power"},
                 {.name = "side_weight",
                  .value = 0,
                  .min = 0,
                  .max = 1e4,
                  .doc = "weight of tags, categories and links; 0: off"},
                 {.name = "max_items", .value = 15000, .min = 1, .max = 1e5, .doc = "larger catalogues are declined"}},
      .uses_fields = true,
      .make = [](const Params& p) { return std::make_unique<Ease>(p); },
      .variants = {{{"l2", 100}}, {{"l2", 1000}}, {{"l2", 1000}, {"pop_power", 0.25}}, {{"side_weight", 10}}}};
}

}  // namespace haina
