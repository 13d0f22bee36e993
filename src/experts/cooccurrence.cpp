// Co-occurrence: items that are within a few steps of each other in one history. Nearer steps weigh more, and so do the
// user's latest items. Made for sequences. One class has five entries that differ in which pairs they count; the ranker
// gains from all of them, while their plain sum is worse than the best one. `cooccurrence` uses the input order if
// there are no times; the others then decline. Cost: events·2·window to fit.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "experts/expert.h"
#include "experts/item_item_model.h"
#include "kernels/sparse_products.h"

namespace haina {
namespace {

// How the weighted pairs [items before, items after] become weights.
enum class Form {
  kPairs,        // divided by the root of the row sum and by a power of the scored item's popularity
  kCounts,       // unchanged
  kSecondOrder,  // normalized to a random walk, two steps of it
};
// Whether the input order may replace the time order.
enum class Order { kAny, kTime };

class Cooccurrence final : public ItemItemModel {
 public:
  Cooccurrence(const Params& p, std::string name, Form form, Order order)
      : name_(std::move(name)),
        form_(form),
        order_(order),
        window_(p.integer("window")),
        neighbours_(p.integer("neighbours")),
        first_neighbours_(form == Form::kSecondOrder ? p.integer("first_neighbours") : neighbours_),
        history_(p.integer("history")),
        decay_(p.number("decay")),
        back_(p.number("back")),
        user_decay_(p.number("user_decay")),
        pop_power_(form == Form::kCounts ? 0 : p.number("pop_power")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    HAINA_OK(require_events(train));
    if (order_ == Order::kTime && !context.ordered) {
      return fail({ErrorCode::kUnsupported, name_ + " needs events in time order, and there are no times", "",
                   "name the time column, or remove this expert from the configuration"});
    }
    // The positions of each item: events sorted by item, each with the bounds of its user's row.
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
        n, n, first_neighbours_,
        [&](int64_t item, SparseAccumulator& sum) {
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
          for (const int32_t other : sum.columns()) {
            sum.set(other, static_cast<float>(sum.at(other) * share(total, pop[other])));
          }
        },
        context.stop);
    if (form_ == Form::kSecondOrder) {
      std::vector<double> damping;
      for (int64_t i = 0; i < n; ++i) {
        damping.push_back(std::pow(std::max(pop[i], 1.0F), pop_power_));
      }
      const auto damped = [&](int64_t, std::span<const int32_t> columns, std::span<float> values) {
        for (size_t i = 0; i < columns.size(); ++i) {
          values[i] = static_cast<float>(values[i] / damping[static_cast<size_t>(columns[i])]);
        }
      };
      weights_ = multiply_top_k(weights_, weights_, neighbours_, true, damped, context.stop);
    }
    return stop_requested(context) ? Status(interrupted()) : ok();
  }

  at::Tensor score(std::span<const UserState> users) const override {
    at::Tensor scores = score_neighbours(users, weights_, user_decay_, history_);
    // Counts span orders of magnitude: their logarithms blend better with other scores and keep the order.
    return form_ == Form::kCounts ? scores.log1p_() : scores;
  }

 private:
  // The factor of a pair: a frequent item says less per event, and so does an item that follows everything.
  double share(double total, double popularity) const {
    if (form_ == Form::kPairs) {
      return 1 / std::sqrt(total) / std::pow(std::max(popularity, 1.0), pop_power_);
    }
    return form_ == Form::kSecondOrder ? 1 / total : 1;
  }

  std::string name_;
  Form form_;
  Order order_;
  int64_t window_, neighbours_, first_neighbours_, history_;
  double decay_, back_, user_decay_, pop_power_;
};

struct Defaults {
  double neighbours = 1000, history = 200, decay = 0.8, back = 0.3, user_decay = 0.5, pop_power = 0;
};

ExpertEntry entry_of(const std::string& name, std::string summary, Form form, Order order, const Defaults& defaults) {
  std::vector<ParamSpec> params = {
      {.name = "window",
       .value = 20,
       .min = 1,
       .max = 1000,
       .doc = "largest distance of two events of a history, in steps"},
      {.name = "neighbours", .value = defaults.neighbours, .min = 1, .max = 1e6, .doc = "weights kept per item"},
      {.name = "history",
       .value = defaults.history,
       .min = 1,
       .max = 1e6,
       .doc = "number of latest events of the user that count"},
      {.name = "decay",
       .value = defaults.decay,
       .min = 0,
       .max = 1,
       .doc = "weight of each further step between two events"},
      {.name = "back",
       .value = defaults.back,
       .min = 0,
       .max = 1,
       .doc = "weight of earlier events relative to later ones"},
      {.name = "user_decay",
       .value = defaults.user_decay,
       .min = 0,
       .max = 1,
       .doc = "weight of each earlier event of the user relative to the next; 1: all alike"}};
  if (form != Form::kCounts) {
    params.push_back({.name = "pop_power",
                      .value = defaults.pop_power,
                      .min = 0,
                      .max = 2,
                      .doc = "scores are divided by the item's popularity to this power"});
  }
  if (form == Form::kSecondOrder) {
    params.push_back({.name = "first_neighbours",
                      .value = 50,
                      .min = 1,
                      .max = 1e4,
                      .doc = "weights kept per item for the first step; the fit costs items times its square"});
  }
  return {.name = name,
          .summary = std::move(summary),
          .needs_history = true,
          .params = std::move(params),
          .uses_fields = false,
          .make = [=](const Params& p) { return std::make_unique<Cooccurrence>(p, name, form, order); }};
}

}  // namespace

ExpertEntry cooccurrence_entry() {
  return entry_of("cooccurrence", "Items that follow the user's latest items within a few steps: made for sequences.",
                  Form::kPairs, Order::kAny, {});
}

ExpertEntry cooccurrence_last_entry() {
  return entry_of("cooccurrence_last", "Items that follow the user's very last item.", Form::kPairs, Order::kTime,
                  {.history = 1, .decay = 0.6, .back = 0});
}

ExpertEntry cooccurrence_symmetric_entry() {
  return entry_of("cooccurrence_symmetric", "Items close to the user's items in histories, before or after them.",
                  Form::kPairs, Order::kTime, {.back = 1, .user_decay = 0.9, .pop_power = 0.25});
}

ExpertEntry cooccurrence_counts_entry() {
  return entry_of("cooccurrence_counts",
                  "How often items followed the user's latest items, as logarithms of plain counts.", Form::kCounts,
                  Order::kTime, {});
}

ExpertEntry cooccurrence_second_entry() {
  return entry_of("cooccurrence_second", "Items two steps after the user's latest items.", Form::kSecondOrder,
                  Order::kTime, {.neighbours = 200});
}

}  // namespace haina
