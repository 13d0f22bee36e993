// Conversions: which items became goals of users who did something else with an item: viewed it, put it into a cart,
// rated it low. P(goal on j | action on i), counted per user and separately for each action, so that a cart weighs more
// than a view if it led to more. Cost: Σ over users of other events · goals to fit.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "experts/expert.h"
#include "experts/history_matrix.h"
#include "kernels/csr_tensors.h"
#include "kernels/sparse_products.h"

namespace haina {
namespace {

class Conversions final : public Expert {
 public:
  explicit Conversions(const Params& p)
      : shrink_(p.number("shrink")),
        decay_(p.number("decay")),
        self_(p.flag("self")),
        window_(p.integer("window")),
        neighbours_(p.integer("neighbours")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    HAINA_OK(require_events(train));
    if (context.other_events == nullptr || context.other_events->num_events() == 0) {
      return fail({ErrorCode::kBadData, "conversions needs events other than the goal, and there are none", "",
                   "set [project] goal to a part of the actions, or remove this expert from the configuration"});
    }
    const Interactions& others = *context.other_events;
    const int64_t n = train.num_items;
    // One row per pair of action and item in the events: the users who did it, [pairs, users].
    num_actions_ = others.actions.max().item<int64_t>() + 1;
    row_of_pair_ = at::full({num_actions_ * n}, -1, at::kInt);
    int32_t* const row_of_pair = row_of_pair_.data_ptr<int32_t>();
    const int32_t* const items = others.items.const_data_ptr<int32_t>();
    const uint8_t* const actions = others.actions.const_data_ptr<uint8_t>();
    const int64_t* const offsets = others.offsets.const_data_ptr<int64_t>();
    std::vector<int32_t> rows, users, item_of_row;
    for (int64_t u = 0; u < others.num_users; ++u) {
      for (int64_t e = std::max(offsets[u], offsets[u + 1] - kMaxEventsPerUser); e < offsets[u + 1]; ++e) {
        int32_t& row = row_of_pair[actions[e] * n + items[e]];
        if (row < 0) {
          row = static_cast<int32_t>(item_of_row.size());
          item_of_row.push_back(items[e]);
        }
        rows.push_back(row);
        users.push_back(static_cast<int32_t>(u));
      }
    }
    const std::vector<float> ones(rows.size(), 1);
    const auto num_rows = std::ssize(item_of_row);
    const Csr did = csr_from_coordinates(num_rows, others.num_users, rows, users, ones, Repeats::kMax);
    weights_ = multiply_top_k(
        did, binary_matrix(train), neighbours_, false,
        [&](int64_t row, std::span<const int32_t> columns, std::span<float> values) {
          const double support = static_cast<double>(did.row(row).size()) + shrink_;
          for (size_t i = 0; i < columns.size(); ++i) {
            const bool same = item_of_row[static_cast<size_t>(row)] == columns[i];
            values[i] = same && !self_ ? 0.0F : static_cast<float>(values[i] / support);
          }
        },
        context.stop);
    // The pair of each row, to find it again after a restore.
    pairs_ = at::empty({num_rows}, at::kLong);
    for (int64_t pair = 0; pair < num_actions_ * n; ++pair) {
      if (row_of_pair[pair] >= 0) {
        pairs_.data_ptr<int64_t>()[row_of_pair[pair]] = pair;
      }
    }
    return stop_requested(context) ? Status(interrupted()) : ok();
  }

  at::Tensor score(std::span<const UserState> users) const override {
    const int64_t n = weights_.num_cols;
    at::Tensor scores = at::zeros({std::ssize(users), n}, at::kFloat);
    for (int64_t u = 0; u < std::ssize(users); ++u) {
      float* const out = scores.data_ptr<float>() + u * n;
      const std::vector<UserEvent>& events = users[static_cast<size_t>(u)].other_events;
      double weight = 1;
      int64_t left = window_;
      for (auto event = events.rbegin(); event != events.rend() && left > 0; ++event, --left, weight *= decay_) {
        const int32_t item = row_of(event->item);
        const bool known = item >= 0 && item < n && event->action < num_actions_;
        const int32_t row = known ? row_of_pair_.const_data_ptr<int32_t>()[event->action * n + item] : -1;
        if (row < 0) {
          continue;
        }
        const auto columns = weights_.row(row);
        const auto values = weights_.row_values(row);
        for (size_t c = 0; c < columns.size(); ++c) {
          out[columns[c]] += static_cast<float>(weight) * values[c];
        }
      }
    }
    return scores;
  }

  TensorMap state() const override {
    TensorMap state = {{"pairs", pairs_}};
    put_csr("weights", weights_, state);
    return state;
  }

  Status restore(const TensorMap& state, const std::string& where) override {
    HAINA_TRY(weights_, take_csr(state, "weights", where));
    HAINA_TRY(pairs_, take_tensor(state, "pairs", at::kLong, 1, where));
    const int64_t n = weights_.num_cols;
    constexpr int64_t kMostActions = 256;  // an action is a byte
    if (pairs_.size(0) != weights_.num_rows() || pairs_.size(0) == 0 || pairs_.min().item<int64_t>() < 0 ||
        pairs_.max().item<int64_t>() >= kMostActions * n) {
      return fail(
          {ErrorCode::kBadData, "the action-item pairs of conversions are damaged", where, "run haina train again"});
    }
    num_actions_ = pairs_.max().item<int64_t>() / n + 1;
    row_of_pair_ = at::full({num_actions_ * n}, -1, at::kInt);
    for (int64_t row = 0; row < pairs_.size(0); ++row) {
      const int64_t pair = pairs_.const_data_ptr<int64_t>()[row];
      row_of_pair_.data_ptr<int32_t>()[pair] = static_cast<int32_t>(row);
    }
    return ok();
  }

 private:
  static constexpr int64_t kMaxEventsPerUser = 500;  // newest other events that count

  double shrink_, decay_;
  bool self_;
  int64_t window_, neighbours_;
  Csr weights_;       // [pairs of action and item, items]
  at::Tensor pairs_;  // int64 [pairs]: action · items + item
  int64_t num_actions_ = 0;
  at::Tensor row_of_pair_;  // int32 [actions · items], -1 without an event; derived from pairs_
};

}  // namespace

ExpertEntry conversions_entry() {
  return {
      .name = "conversions",
      .summary = "Goals of users who viewed, carted or otherwise met the same items.",
      .needs_history = true,
      .params =
          {{.name = "shrink", .value = 5, .min = 0, .max = 1e6, .doc = "pulls shares that few users support towards 0"},
           {.name = "decay",
            .value = 0.9,
            .min = 0,
            .max = 1,
            .doc = "weight of each earlier event relative to the next"},
           {.name = "self",
            .value = 1,
            .min = 0,
            .max = 1,
            .doc = "1: a viewed item may itself become a goal; 0: other items only"},
           {.name = "window", .value = 50, .min = 1, .max = 1e6, .doc = "number of latest other events that count"},
           {.name = "neighbours",
            .value = 200,
            .min = 1,
            .max = 1e6,
            .doc = "weights kept per pair of item and action"}},
      .uses_fields = false,
      .make = [](const Params& p) { return std::make_unique<Conversions>(p); },
      .variants = {{{"self", 0}}, {{"self", 0}, {"decay", 1}}}};
}

}  // namespace haina
