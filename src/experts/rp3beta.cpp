// RP3beta (Paudel et al., "Updatable, Accurate, Diverse, and Scalable Recommendations for Interactive Applications",
// 2017): a random walk of three steps over users and items; popular ends are damped. Cost: Σ over users of history² to
// fit.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "experts/expert.h"
#include "experts/history_matrix.h"
#include "experts/item_item_model.h"
#include "kernels/sparse_products.h"

namespace haina {
namespace {

// Transition weights of one step: each row divided by its number of cells to the power alpha.
Csr walk_step(Csr ones, double alpha) {
  ones.values = at::empty({ones.nnz()}, at::kFloat);
  float* const values = ones.values.data_ptr<float>();
  const auto offsets = ones.row_offsets();
  for (size_t r = 0; r + 1 < offsets.size(); ++r) {
    std::fill(values + offsets[r], values + offsets[r + 1],
              static_cast<float>(std::pow(static_cast<double>(offsets[r + 1] - offsets[r]), -alpha)));
  }
  return ones;
}

class Rp3Beta final : public ItemItemModel {
 public:
  explicit Rp3Beta(const Params& p)
      : alpha_(p.number("alpha")),
        beta_(p.number("beta")),
        neighbours_(p.integer("neighbours")),
        decay_(p.number("decay")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    HAINA_OK(require_events(train));
    HAINA_OK(require_order(decay_, context));
    const Csr x = binary_matrix(train);
    std::vector<double> damping;  // of each end of the walk
    for (const float count : column_counts(x)) {
      damping.push_back(std::pow(count, beta_));
    }
    weights_ = multiply_top_k(
        walk_step(transpose(x), alpha_), walk_step(x, alpha_), neighbours_, true,
        [&](int64_t, std::span<const int32_t> columns, std::span<float> values) {
          for (size_t i = 0; i < columns.size(); ++i) {
            values[i] = static_cast<float>(values[i] / damping[static_cast<size_t>(columns[i])]);
          }
        },
        context.stop);
    return stop_requested(context) ? Status(interrupted()) : ok();
  }

  // The first step, from the user to an item of the history, has the same weight for all items: it does not change the
  // order and is left out.
  at::Tensor score(std::span<const UserState> users) const override {
    return score_neighbours(users, weights_, decay_, kDecayWindow);
  }

 private:
  double alpha_, beta_;
  int64_t neighbours_;
  double decay_;
};

}  // namespace

ExpertEntry rp3beta_entry() {
  return {
      .name = "rp3beta",
      .summary = "Ends of short random walks over users and items, popular ends damped.",
      .needs_history = true,
      .params = {{.name = "alpha", .value = 0.7, .min = 0, .max = 3, .doc = "exponent of the transition probabilities"},
                 {.name = "beta",
                  .value = 0.4,
                  .min = 0,
                  .max = 3,
                  .doc = "scores are divided by the item's popularity to this power"},
                 {.name = "neighbours", .value = 500, .min = 1, .max = 1e6, .doc = "weights kept per item"},
                 history_decay_param()},
      .uses_fields = false,
      .make = [](const Params& p) { return std::make_unique<Rp3Beta>(p); },
      .variants = {{{"beta", 0.7}}, {{"decay", 0.9}}},
      .parameter_paths = {{.param = "decay", .factor = 1.1},
                          {.param = "beta", .factor = 1.3, .from = 0.1},
                          {.param = "alpha", .factor = 1.3},
                          {.param = "neighbours"}}};
}

}  // namespace haina
