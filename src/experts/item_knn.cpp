// Item neighbors: items with the same users. Cosine of the items' users, shrunk towards 0 if few users support it
// (Sarwar et al. 2001; shrinkage of Bell and Koren 2007), or plain counts. Cost: Σ over users of history² to fit.
#include <cstdint>
#include <memory>
#include <span>

#include "experts/expert.h"
#include "experts/history_matrix.h"
#include "experts/item_item_model.h"
#include "kernels/sparse_products.h"

namespace haina {
namespace {

class ItemKnn final : public ItemItemModel {
 public:
  explicit ItemKnn(const Params& p)
      : neighbours_(p.integer("neighbours")),
        shrink_(p.number("shrink")),
        counts_(p.flag("counts")),
        decay_(p.number("decay")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    HAINA_OK(require_events(train));
    HAINA_OK(require_order(decay_, context));
    const Csr x = binary_matrix(train);
    const RowTransform cosine = shrunk_cosine(x, shrink_);
    // Each scored item keeps its own neighbors, hence the transposition: a popular item of the history cannot crowd
    // them out.
    weights_ =
        transpose(multiply_top_k(transpose(x), x, neighbours_, true, counts_ ? RowTransform() : cosine, context.stop));
    return stop_requested(context) ? Status(interrupted()) : ok();
  }

  at::Tensor score(std::span<const UserState> users) const override {
    return score_neighbours(users, weights_, decay_, kDecayWindow);
  }

 private:
  int64_t neighbours_;
  double shrink_;
  bool counts_;
  double decay_;
};

}  // namespace

ExpertEntry item_knn_entry() {
  return {
      .name = "item_knn",
      .summary = "Items that share users with the user's items, by shrunk cosine.",
      .needs_history = true,
      .params = {{.name = "neighbours", .value = 100, .min = 1, .max = 1e6, .doc = "neighbors kept per item"},
                 {.name = "shrink",
                  .value = 10,
                  .min = 0,
                  .max = 1e6,
                  .doc = "pulls a cosine that few users support towards 0"},
                 {.name = "counts",
                  .value = 0,
                  .min = 0,
                  .max = 1,
                  .doc = "1: the number of shared users instead of the cosine"},
                 history_decay_param()},
      .uses_fields = false,
      .make = [](const Params& p) { return std::make_unique<ItemKnn>(p); },
      .variants = {{{"neighbours", 300}, {"shrink", 0}}, {{"neighbours", 300}, {"counts", 1}}, {{"decay", 0.9}}},
      .parameter_paths = {
          {.param = "decay", .factor = 1.1}, {.param = "neighbours"}, {.param = "shrink", .factor = 3, .from = 10}}};
}

}  // namespace haina
