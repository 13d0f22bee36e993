// User neighbors: items of the users with the most similar histories (cosine with shrinkage; popular items count less).
// Cost: nothing to fit. A score visits all users of every item of the history, which is slow if items are very popular.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "experts/expert.h"
#include "experts/history_matrix.h"
#include "kernels/csr_tensors.h"
#include "kernels/sparse_products.h"

namespace haina {
namespace {

class UserKnn final : public Expert {
 public:
  explicit UserKnn(const Params& p)
      : neighbours_(p.integer("neighbours")),
        shrink_(p.number("shrink")),
        amplify_(p.number("amplify")),
        pop_power_(p.number("pop_power")) {}

  Status fit(const Interactions& train, const FitContext&) override {
    HAINA_OK(require_events(train));
    by_user_ = binary_matrix(train);
    prepare();
    return ok();
  }

  at::Tensor score(std::span<const UserState> users) const override {
    const int64_t n = by_user_.num_cols;
    const Csr histories = binary_histories(users, n);
    at::Tensor scores = at::zeros({std::ssize(users), n}, at::kFloat);
    float* const out = scores.data_ptr<float>();
    at::parallel_for(0, std::ssize(users), 4, [&](int64_t begin, int64_t end) {
      std::vector<float> shared(static_cast<size_t>(by_user_.num_rows()), 0);
      std::vector<int32_t> met;
      std::vector<std::pair<float, int32_t>> near;
      for (int64_t u = begin; u < end; ++u) {
        for (const int32_t item : histories.row(u)) {
          for (const int32_t other : by_item_.row(item)) {
            if (shared[static_cast<size_t>(other)] == 0) {
              met.push_back(other);
            }
            shared[static_cast<size_t>(other)] += item_weight_[static_cast<size_t>(item)];
          }
        }
        near.clear();
        const double own = mass_of(histories.row(u));
        for (const int32_t other : met) {
          // The user's own training row is no neighbor: it would recommend the user's own items.
          if (other != users[static_cast<size_t>(u)].user) {
            const double similarity =
                shared[static_cast<size_t>(other)] / (std::sqrt(own * mass_[static_cast<size_t>(other)]) + shrink_);
            near.emplace_back(static_cast<float>(std::pow(similarity, amplify_)), other);
          }
          shared[static_cast<size_t>(other)] = 0;
        }
        met.clear();
        const auto closer = [](const auto& a, const auto& b) {
          return a.first != b.first ? a.first > b.first : a.second < b.second;
        };
        const int64_t kept = std::min(neighbours_, std::ssize(near));
        std::partial_sort(near.begin(), near.begin() + kept, near.end(), closer);
        for (int64_t i = 0; i < kept; ++i) {
          const auto [similarity, other] = near[static_cast<size_t>(i)];
          for (const int32_t item : by_user_.row(other)) {
            out[u * n + item] += similarity;
          }
        }
      }
    });
    return scores;
  }

  TensorMap state() const override {
    TensorMap state;
    put_csr("histories", by_user_, state);
    return state;
  }

  Status restore(const TensorMap& state, const std::string& where) override {
    HAINA_TRY(by_user_, take_csr(state, "histories", where));
    prepare();
    return ok();
  }

 private:
  // Everything else is derived from the histories.
  void prepare() {
    by_item_ = transpose(by_user_);
    item_weight_ = column_counts(by_user_);
    for (float& weight : item_weight_) {
      weight = static_cast<float>(std::pow(std::max(weight, 1.0F), -pop_power_));
    }
    mass_.assign(static_cast<size_t>(by_user_.num_rows()), 0);
    for (int64_t u = 0; u < by_user_.num_rows(); ++u) {
      mass_[static_cast<size_t>(u)] = mass_of(by_user_.row(u));
    }
  }
  double mass_of(std::span<const int32_t> items) const {
    double mass = 0;
    for (const int32_t item : items) {
      mass += item_weight_[static_cast<size_t>(item)];
    }
    return mass;
  }

  int64_t neighbours_;
  double shrink_, amplify_, pop_power_;
  Csr by_user_, by_item_;           // [users, items] of ones and its transpose
  std::vector<float> item_weight_;  // [items] weight of an item that two users share
  std::vector<double> mass_;        // [users] squared norm of the weighted history
};

}  // namespace

ExpertEntry user_knn_entry() {
  return {
      .name = "user_knn",
      .summary = "Items of the users with the most similar histories.",
      .needs_history = true,
      .excludes_own_row = true,
      .params =
          {{.name = "neighbours", .value = 150, .min = 1, .max = 1e6, .doc = "number of most similar users that vote"},
           {.name = "shrink",
            .value = 0,
            .min = 0,
            .max = 1e6,
            .doc = "pulls a cosine that few items support towards 0"},
           {.name = "amplify",
            .value = 4,
            .min = 0.1,
            .max = 20,
            .doc = "exponent of the cosine: higher values give the nearest users more weight"},
           {.name = "pop_power",
            .value = 0.5,
            .min = 0,
            .max = 2,
            .doc = "a shared item counts less by its popularity to this power"}},
      .uses_fields = false,
      .make = [](const Params& p) { return std::make_unique<UserKnn>(p); },
      .parameter_paths = {{.param = "neighbours"},
                          {.param = "amplify", .factor = 1.5},
                          {.param = "shrink", .factor = 3, .from = 10},
                          {.param = "pop_power", .factor = 1.5}}};
}

}  // namespace haina
