// User neighbours: what the users with the most similar histories took (cosine with shrinkage). Cost: nothing to fit; a score walks the users of
// every item of the history, so it is slow where items are very popular.
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "experts/expert.h"
#include "experts/parts.h"

namespace haina {
namespace {

class UserKnn final : public Expert {
 public:
  explicit UserKnn(const Params& p) : neighbours_(p.integer("neighbours")), shrink_(p.number("shrink")) {}

  Status fit(const Interactions& train, const FitContext&) override {
    HAINA_OK(require_events(train));
    by_user_ = binary_matrix(train);
    by_item_ = transpose(by_user_);
    return ok();
  }

  at::Tensor score(std::span<const UserState> users) const override {
    const int64_t n = by_user_.num_cols;
    const Csr histories = binary_histories(users, n);
    at::Tensor scores = at::zeros({std::ssize(users), n}, at::kFloat);
    float* const out = scores.data_ptr<float>();
    at::parallel_for(0, std::ssize(users), 4, [&](int64_t begin, int64_t end) {
      std::vector<int32_t> shared(static_cast<size_t>(by_user_.num_rows()), 0), met;
      std::vector<std::pair<float, int32_t>> near;
      for (int64_t u = begin; u < end; ++u) {
        for (const int32_t item : histories.row(u)) {
          for (const int32_t other : by_item_.row(item)) {
            if (shared[static_cast<size_t>(other)]++ == 0) {
              met.push_back(other);
            }
          }
        }
        near.clear();
        const auto own = static_cast<double>(histories.row(u).size());
        for (const int32_t other : met) {
          // The user's own row holds the answers that were learned from: it is no neighbour.
          if (other != users[static_cast<size_t>(u)].user) {
            const double length = std::sqrt(own * static_cast<double>(by_user_.row(other).size()));
            near.emplace_back(static_cast<float>(shared[static_cast<size_t>(other)] / (length + shrink_)), other);
          }
          shared[static_cast<size_t>(other)] = 0;
        }
        met.clear();
        const auto closer = [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; };
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
    by_item_ = transpose(by_user_);
    return ok();
  }

 private:
  int64_t neighbours_;
  double shrink_;
  Csr by_user_, by_item_;  // [users, items] of ones and its transpose
};

}  // namespace

ExpertEntry user_knn_entry() {
  return {.name = "user_knn",
          .summary = "What the users with the most similar histories took.",
          .params = {{.name = "neighbours", .value = 150, .min = 1, .max = 1e6, .doc = "most similar users that vote"},
                     {.name = "shrink", .value = 5, .min = 0, .max = 1e6, .doc = "pulls a cosine that few items carry towards 0"}},
          .uses_fields = false,
          .make = [](const Params& p) { return std::make_unique<UserKnn>(p); }};
}

}  // namespace haina
