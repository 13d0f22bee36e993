// Item neighbors over every action: items that the same users met in any way, by shrunk cosine. A score uses all events
// of the user. If goals are few (purchases), items that were viewed together say most. Cost: Σ over users of (events of
// any action)² to fit.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "experts/expert.h"
#include "experts/item_item_model.h"
#include "kernels/sparse_products.h"

namespace haina {
namespace {

class ItemKnnAll final : public ItemItemModel {
 public:
  explicit ItemKnnAll(const Params& p)
      : neighbours_(p.integer("neighbours")), shrink_(p.number("shrink")), decay_(p.number("decay")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    HAINA_OK(require_events(train));
    if (context.other_events == nullptr || context.other_events->num_events() == 0) {
      return fail({ErrorCode::kBadData, "item_knn_all needs events other than the goal, and there are none", "",
                   "use item_knn, or set [project] goal to a part of the actions"});
    }
    std::vector<int32_t> rows, columns;
    for (const Interactions* const part : {&train, context.other_events}) {
      for (int64_t u = 0; u < part->num_users; ++u) {
        const auto items = part->row(u);
        const size_t first = items.size() > kMaxEventsPerUser ? items.size() - kMaxEventsPerUser : 0;
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

  // Goals and other events merged by time.
  at::Tensor score(std::span<const UserState> users) const override {
    std::vector<UserState> merged(users.size());
    for (size_t u = 0; u < users.size(); ++u) {
      std::vector<UserEvent>& all = merged[u].history;
      all = users[u].other_events;
      all.insert(all.end(), users[u].history.begin(), users[u].history.end());
      std::ranges::stable_sort(all, {}, &UserEvent::time_us);
    }
    return score_neighbours(merged, weights_, decay_, kWindow);
  }

 private:
  static constexpr size_t kMaxEventsPerUser = 500;  // newest events that count, for goals and others each
  static constexpr int64_t kWindow = 200;

  int64_t neighbours_;
  double shrink_, decay_;
};

}  // namespace

ExpertEntry item_knn_all_entry() {
  return {.name = "item_knn_all",
          .summary = "Items that the same users met in any way: viewed, carted, bought.",
          .item_events = ItemEvents::kAll,
          .needs_history = true,
          .params = {{.name = "neighbours", .value = 200, .min = 1, .max = 1e6, .doc = "neighbors kept per item"},
                     {.name = "shrink",
                      .value = 5,
                      .min = 0,
                      .max = 1e6,
                      .doc = "pulls a cosine that few users support towards 0"},
                     {.name = "decay",
                      .value = 0.9,
                      .min = 0,
                      .max = 1,
                      .doc = "weight of each earlier event relative to the next; 1: all items alike"}},
          .uses_fields = false,
          .make = [](const Params& p) { return std::make_unique<ItemKnnAll>(p); },
          .variants = {{{"decay", 1}}}};
}

}  // namespace haina
