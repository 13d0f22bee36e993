// A linear low-pass filter on the graph of users and items. N = D_u^-½ R D_i^-½ is its normalized adjacency. A history
// x becomes the signal x·D_i^-½ on the items; its component along the direction with singular value s of N is
// multiplied by s²/(s² + c); the result times D_i^p is the score. Low frequencies, the tastes that many users share,
// pass, and the rest fades as noise. GF-CF (Shen et al., "How Powerful is Graph Convolution for Recommendation?", CIKM
// 2021) and BSPM (Choi et al., SIGIR 2023) are filters of this form. Each of the k strongest directions V gets its
// exact factor. For the others s²/(s² + c) is nearly a·s² with a = 1/(s_k² + c), which is a walk of two steps over N:
//   scores = (a·y·NᵀN − y·V·diag(s²·(a − 1/(s² + c)))·Vᵀ)·D_i^p,   y = x·D_i^-½
// With the walk few directions suffice: on Gowalla (split of LightGCN) 64 to 256 give the same recall@20 within 1 %,
// and 512 give less. Cost: passes·(4·events·rank + 4·items·rank²) flops to fit; 2·items·rank and the walk per scored
// user.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/seed.h"
#include "experts/expert.h"
#include "experts/history_matrix.h"
#include "kernels/csr_tensors.h"
#include "kernels/sparse_products.h"
#include "kernels/svd.h"

namespace haina {
namespace {

// Singular values of sparse graphs fall slowly, so that four passes find the last directions inexactly. That does
// little harm: the walk gives those directions nearly the same factor.
constexpr int64_t kPasses = 4;
constexpr int64_t kFewItems = 4096;  // up to here NᵀN, at most 64 MB, is cheaper than walks over users

class GraphFilter final : public Expert {
 public:
  explicit GraphFilter(const Params& p)
      : rank_(p.integer("rank")), noise_(p.number("noise")), pop_power_(p.number("pop_power")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    HAINA_OK(require_events(train));
    network_ = binary_matrix(train);
    const std::vector<float> pop = column_counts(network_);
    popularity_ = at::tensor(pop);
    float* const values = network_.values.data_ptr<float>();
    const int32_t* const columns = network_.columns.const_data_ptr<int32_t>();
    const auto offsets = network_.row_offsets();
    for (size_t u = 0; u + 1 < offsets.size(); ++u) {
      for (int64_t i = offsets[u]; i < offsets[u + 1]; ++i) {
        values[i] = static_cast<float>(
            1 / std::sqrt(static_cast<double>(offsets[u + 1] - offsets[u]) * pop[static_cast<size_t>(columns[i])]));
      }
    }
    const TruncatedSvd svd = truncated_svd(network_, make_generator(context.seed, "experts/graph_filter"),
                                           {.rank = rank_, .passes = kPasses, .stop = context.stop});
    if (stop_requested(context)) {
      return interrupted();
    }
    directions_ = svd.right;
    singular_ = svd.values;
    prepare();
    return ok();
  }

  at::Tensor score(std::span<const UserState> users) const override {
    Csr signal = binary_histories(users, network_.num_cols);
    float* const values = signal.values.data_ptr<float>();
    for (int64_t i = 0; i < signal.nnz(); ++i) {
      const float pop = popularity_.const_data_ptr<float>()[signal.columns.const_data_ptr<int32_t>()[i]];
      values[i] = pop > 0 ? 1 / std::sqrt(pop) : 0;
    }
    at::Tensor scores = at::mm(multiply(signal, directions_).mul_(gains_), directions_.t());
    if (steps_.defined()) {
      scores.add_(multiply(signal, steps_));
    } else {
      walk(signal, scores);
    }
    return scores.mul_(popularity_.pow(pop_power_));
  }

  TensorMap state() const override {
    TensorMap state = {{"directions", directions_}, {"singular", singular_}, {"popularity", popularity_}};
    put_csr("network", network_, state);
    return state;
  }

  Status restore(const TensorMap& state, const std::string& where) override {
    HAINA_TRY(network_, take_csr(state, "network", where));
    HAINA_TRY(directions_, take_tensor(state, "directions", at::kFloat, 2, where));
    HAINA_TRY(singular_, take_tensor(state, "singular", at::kFloat, 1, where));
    HAINA_TRY(popularity_, take_tensor(state, "popularity", at::kFloat, 1, where));
    if (directions_.size(0) != network_.num_cols || popularity_.size(0) != network_.num_cols ||
        directions_.size(1) != singular_.size(0) || singular_.size(0) == 0) {
      return fail({ErrorCode::kBadData, "the tensors of graph_filter have inconsistent shapes", where,
                   "run haina train again"});
    }
    prepare();
    return ok();
  }

 private:
  void prepare() {
    const at::Tensor squares = singular_.square();
    slope_ = 1 / (squares[-1].item<float>() + noise_);
    gains_ = squares * ((squares + noise_).reciprocal() - slope_);
    if (network_.num_cols <= kFewItems) {
      steps_ = gram(network_).mul_(slope_);
    } else {
      by_item_ = transpose(network_);
    }
  }

  // scores += slope·signal·NᵀN
  void walk(const Csr& signal, at::Tensor& scores) const {
    float* const out = scores.data_ptr<float>();
    at::parallel_for(0, signal.num_rows(), 4, [&](int64_t begin, int64_t end) {
      SparseAccumulator neighbours(network_.num_rows());
      for (int64_t u = begin; u < end; ++u) {
        const auto items = signal.row(u);
        const auto own = signal.row_values(u);
        for (size_t i = 0; i < items.size(); ++i) {
          const auto users = by_item_.row(items[i]);
          const auto shares = by_item_.row_values(items[i]);
          for (size_t n = 0; n < users.size(); ++n) {
            neighbours.add(users[n], own[i] * shares[n]);
          }
        }
        for (const int32_t user : neighbours.columns()) {
          const auto columns = network_.row(user);
          const auto values = network_.row_values(user);
          const float weight = static_cast<float>(slope_) * neighbours.at(user);
          for (size_t c = 0; c < columns.size(); ++c) {
            out[u * network_.num_cols + columns[c]] += weight * values[c];
          }
        }
        neighbours.clear();
      }
    });
  }

  int64_t rank_;
  double noise_, pop_power_;
  Csr network_;            // N [users, items]
  at::Tensor directions_;  // V, float32 [items, k]
  at::Tensor singular_;    // s, float32 [k], descending
  at::Tensor popularity_;  // float32 [items], users per item
  Csr by_item_;            // Nᵀ; only above kFewItems items
  at::Tensor steps_;       // a·NᵀN, float32 [items, items]; only up to kFewItems items
  at::Tensor gains_;       // float32 [k]: of each direction, relative to the walk
  double slope_ = 0;       // a
};

}  // namespace

ExpertEntry graph_filter_entry() {
  return {
      .name = "graph_filter",
      .summary = "Tastes that many users share, by a low-pass filter on the graph of users and items.",
      .needs_history = true,
      .params = {{.name = "rank",
                  .value = 128,
                  .min = 1,
                  .max = 4096,
                  .doc = "number of directions with an exact factor each"},
                 {.name = "noise",
                  .value = 0.3,
                  .min = 1e-4,
                  .max = 100,
                  .doc = "c of s²/(s² + c): larger values pass fewer directions"},
                 {.name = "pop_power",
                  .value = 0.5,
                  .min = 0,
                  .max = 2,
                  .doc = "scores are multiplied by the item's popularity to this power"}},
      .uses_fields = false,
      .make = [](const Params& p) { return std::make_unique<GraphFilter>(p); },
      .variants = {{{"noise", 0.1}}, {{"noise", 1}}},
      .parameter_paths = {{.param = "noise"}, {.param = "rank", .cost = 2}, {.param = "pop_power", .factor = 1.25}}};
}

}  // namespace haina
