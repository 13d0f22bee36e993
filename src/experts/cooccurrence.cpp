// Directed co-occurrence: what follows what within a few steps of one history, nearer steps counting more, the latest
// items of the user counting most. Made for sequences; without times the order of the input stands for them. Cost:
// events·2·window to fit.
#include <algorithm>
#include <cmath>

#include "experts/expert.h"
#include "experts/parts.h"
#include "kernels/products.h"

namespace haina {
namespace {

class Cooccurrence final : public Expert {
 public:
  explicit Cooccurrence(const Params& p)
      : window_(p.integer("window")),
        neighbours_(p.integer("neighbours")),
        decay_(p.number("decay")),
        back_(p.number("back")),
        user_decay_(p.number("user_decay")),
        pop_power_(p.number("pop_power")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    HAINA_OK(require_events(train));
    // Where each item stands: events in the order of their item, each with the bounds of its user's row.
    const int64_t n = train.num_items;
    struct Place {
      int64_t event, begin, end;
    };
    std::vector<int64_t> start(static_cast<size_t>(n) + 1, 0);
    const int32_t* const items = train.items.const_data_ptr<int32_t>();
    const int64_t* const offsets = train.offsets.const_data_ptr<int64_t>();
    for (int64_t e = 0; e < train.num_events(); ++e) {
      ++start[static_cast<size_t>(items[e]) + 1];
    }
    std::partial_sum(start.begin(), start.end(), start.begin());
    std::vector<int64_t> next(start.begin(), start.end() - 1);
    std::vector<Place> places(static_cast<size_t>(train.num_events()));
    for (int64_t u = 0; u < train.num_users; ++u) {
      for (int64_t e = offsets[u]; e < offsets[u + 1]; ++e) {
        places[static_cast<size_t>(next[static_cast<size_t>(items[e])]++)] = {e, offsets[u], offsets[u + 1]};
      }
    }
    std::vector<float> step(static_cast<size_t>(window_) + 1);
    for (int64_t g = 1; g <= window_; ++g) {
      step[static_cast<size_t>(g)] = static_cast<float>(std::pow(decay_, static_cast<double>(g - 1)));
    }
    const at::Tensor counts = train.item_counts(0);
    const float* const pop = counts.const_data_ptr<float>();
    weights_ = build_top_k_rows(
        n, n, neighbours_,
        [&](int64_t item, RowSum& sum) {
          double total = 0;
          const auto add = [&](int32_t other, float weight) {
            if (other != item && weight > 0) {
              sum.add(other, weight);
              total += weight;
            }
          };
          for (int64_t p = start[static_cast<size_t>(item)]; p < start[static_cast<size_t>(item) + 1]; ++p) {
            const Place place = places[static_cast<size_t>(p)];
            for (int64_t g = 1; g <= std::min(window_, place.end - 1 - place.event); ++g) {
              add(items[place.event + g], step[static_cast<size_t>(g)]);
            }
            for (int64_t g = 1; back_ > 0 && g <= std::min(window_, place.event - place.begin); ++g) {
              add(items[place.event - g], static_cast<float>(back_) * step[static_cast<size_t>(g)]);
            }
          }
          // An item seen often says less each time, as does an item that follows everything.
          for (const int32_t other : sum.columns()) {
            sum.set(other, static_cast<float>(sum.at(other) / std::sqrt(total) /
                                              std::pow(std::max(pop[other], 1.0F), pop_power_)));
          }
        },
        context.stop);
    return stop_requested(context) ? Status(interrupted()) : ok();
  }

  at::Tensor score(std::span<const UserState> users) const override {
    return score_neighbours(users, weights_, user_decay_, 200);
  }

  TensorMap state() const override {
    TensorMap state;
    put_csr("weights", weights_, state);
    return state;
  }

  Status restore(const TensorMap& state, const std::string& where) override {
    HAINA_TRY(weights_, take_csr(state, "weights", where));
    if (weights_.num_rows() != weights_.num_cols) {
      return fail({ErrorCode::kBadData, "the weights of cooccurrence are not square", where, "train again"});
    }
    return ok();
  }

 private:
  int64_t window_, neighbours_;
  double decay_, back_, user_decay_, pop_power_;
  Csr weights_;  // [items of the history, scored items]
};

}  // namespace

ExpertEntry cooccurrence_entry() {
  return {
      .name = "cooccurrence",
      .summary = "What follows the latest items of a history within a few steps: made for sequences.",
      .params =
          {{.name = "window",
            .value = 20,
            .min = 1,
            .max = 1000,
            .doc = "steps within which two events belong together"},
           {.name = "neighbours", .value = 1000, .min = 1, .max = 1e6, .doc = "kept for each item"},
           {.name = "decay", .value = 0.8, .min = 0, .max = 1, .doc = "weight of each further step between two events"},
           {.name = "back",
            .value = 0.3,
            .min = 0,
            .max = 1,
            .doc = "weight of what came before, against what came after"},
           {.name = "user_decay",
            .value = 0.5,
            .min = 0,
            .max = 1,
            .doc = "weight of each earlier event of the user; 1: all items alike"},
           {.name = "pop_power",
            .value = 0,
            .min = 0,
            .max = 2,
            .doc = "divides by the popularity of the scored item to this power"}},
      .uses_fields = false,
      .make = [](const Params& p) { return std::make_unique<Cooccurrence>(p); }};
}

}  // namespace haina
