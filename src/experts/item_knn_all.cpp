// Item neighbours over every action: items met by the same users, however they met them, by shrunk cosine; asked by all
// that a user did. Where goals are few (what was bought), what was viewed together says most. Cost: Σ over users of
// (events of any action)² to fit.
#include "experts/expert.h"
#include "experts/item_features.h"
#include "kernels/sparse_products.h"

namespace haina {
namespace {

class ItemKnnAll final : public ItemWeights {
 public:
  explicit ItemKnnAll(const Params& p)
      : neighbours_(p.integer("neighbours")), shrink_(p.number("shrink")), decay_(p.number("decay")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    HAINA_OK(require_events(train));
    if (context.others == nullptr || context.others->num_events() == 0) {
      return fail({ErrorCode::kBadData, "item_knn_all needs events that are no goals, and there are none", "",
                   "use item_knn, or name in [project] goal what is wanted more of"});
    }
    std::vector<int32_t> rows, columns;
    for (const Interactions* const part : {&train, context.others}) {
      for (int64_t u = 0; u < part->num_users; ++u) {
        const auto items = part->row(u);
        const size_t first = items.size() > kMostOfAUser ? items.size() - kMostOfAUser : 0;
        for (size_t i = first; i < items.size(); ++i) {
          rows.push_back(static_cast<int32_t>(u));
          columns.push_back(items[i]);
        }
      }
    }
    const Csr x = csr_from_coordinates(train.num_users, train.num_items, rows, columns,
                                       std::vector<float>(rows.size(), 1), Repeats::kMax);
    weights_ = transpose(multiply_top_k(transpose(x), x, neighbours_, true, shrunk_cosine(x, shrink_), context.stop));
    return stop_requested(context) ? Status(interrupted()) : ok();
  }

  // The newest of each kind first: goals say most, then what else was done of late.
  at::Tensor score(std::span<const UserState> users) const override {
    std::vector<UserState> merged(users.size());
    for (size_t u = 0; u < users.size(); ++u) {
      std::vector<UserEvent>& all = merged[u].history;
      all = users[u].others;
      all.insert(all.end(), users[u].history.begin(), users[u].history.end());
      std::ranges::stable_sort(all, {}, &UserEvent::time_us);
    }
    return score_neighbours(merged, weights_, decay_, kWindow);
  }

 private:
  static constexpr size_t kMostOfAUser = 500;  // newest events of a kind that are counted
  static constexpr int64_t kWindow = 200;

  int64_t neighbours_;
  double shrink_, decay_;
};

}  // namespace

ExpertEntry item_knn_all_entry() {
  return {
      .name = "item_knn_all",
      .summary = "Items met by the same users in any way: viewed, carted, taken.",
      .params =
          {{.name = "neighbours", .value = 200, .min = 1, .max = 1e6, .doc = "kept for each item"},
           {.name = "shrink", .value = 5, .min = 0, .max = 1e6, .doc = "pulls a cosine that few users carry towards 0"},
           {.name = "decay",
            .value = 0.9,
            .min = 0,
            .max = 1,
            .doc = "weight of each earlier event; 1: all items alike"}},
      .uses_fields = false,
      .make = [](const Params& p) { return std::make_unique<ItemKnnAll>(p); },
      .variants = {{{"decay", 1}}}};
}

}  // namespace haina
