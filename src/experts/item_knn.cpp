// Item neighbours: what those who took the same items also took. Cosine of the items' users, shrunk towards 0 where few
// users carry it (Sarwar et al. 2001; shrinkage of Bell and Koren 2007), or plain counts. Cost: Σ over users of
// history² to fit.
#include "experts/expert.h"
#include "experts/item_features.h"
#include "kernels/sparse_products.h"

namespace haina {
namespace {

class ItemKnn final : public ItemWeights {
 public:
  explicit ItemKnn(const Params& p)
      : neighbours_(p.integer("neighbours")), shrink_(p.number("shrink")), counts_(p.flag("counts")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    HAINA_OK(require_events(train));
    const Csr x = binary_matrix(train);
    const Reweigh cosine = shrunk_cosine(x, shrink_);
    // Neighbours are cut per scored item and then turned, so that a popular item in the history cannot crowd out an
    // item's own neighbours.
    weights_ =
        transpose(multiply_top_k(transpose(x), x, neighbours_, true, counts_ ? Reweigh() : cosine, context.stop));
    return stop_requested(context) ? Status(interrupted()) : ok();
  }

  at::Tensor score(std::span<const UserState> users) const override { return score_neighbours(users, weights_, 1, 0); }

 private:
  int64_t neighbours_;
  double shrink_;
  bool counts_;
};

}  // namespace

ExpertEntry item_knn_entry() {
  return {.name = "item_knn",
          .summary = "Items that share users with those of the history, by shrunk cosine.",
          .params = {{.name = "neighbours", .value = 100, .min = 1, .max = 1e6, .doc = "kept for each item"},
                     {.name = "shrink",
                      .value = 10,
                      .min = 0,
                      .max = 1e6,
                      .doc = "pulls a cosine that few users carry towards 0"},
                     {.name = "counts",
                      .value = 0,
                      .min = 0,
                      .max = 1,
                      .doc = "1: shared users themselves instead of their cosine"}},
          .uses_fields = false,
          .make = [](const Params& p) { return std::make_unique<ItemKnn>(p); },
          .variants = {{{"neighbours", 300}, {"shrink", 0}}, {{"neighbours", 300}, {"counts", 1}}},
          .ladders = {{.param = "neighbours"}, {.param = "shrink", .factor = 3, .from = 10}}};
}

}  // namespace haina
