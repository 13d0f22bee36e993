// EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019): item-to-item weights in closed form, the
// strongest linear model on small dense catalogs. Side sources enter as extra rows of the data: X stacks histories and
// features. With P = (XᵀX + Λ)⁻¹ the scores of a history x are x − x·P / diag(P). There are two ways to the same
// scores:
//   primal: P itself, [items, items].
//   dual, if there are fewer rows than items: P = Λ⁻¹ − Λ⁻¹Xᵀ(XΛ⁻¹Xᵀ + I)⁻¹XΛ⁻¹ (Woodbury); only the inverse of the
//   inner matrix, [rows, rows], is computed and kept.
// Histories may weigh less with age: on MovieLens-1M in order of time, a decay of .9 raised NDCG@10 from .0545 to
// .1200. Cost: min(rows, items)³ flops and 12·min² bytes to fit; 4·min² bytes to serve.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

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
#include "experts/item_features.h"
#include "kernels/csr_tensors.h"
#include "kernels/sparse_products.h"
#include "kernels/tf_idf.h"

namespace haina {
namespace {

class Ease final : public Expert {
 public:
  explicit Ease(const Params& p)
      : l2_(p.number("l2")),
        pop_power_(p.number("pop_power")),
        side_weight_(p.number("side_weight")),
        max_items_(p.integer("max_items")),
        decay_(p.number("decay")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    HAINA_OK(require_events(train));
    HAINA_OK(require_order(decay_, context));
    const int64_t n = train.num_items;
    const Csr x = binary_matrix(train);
    std::vector<Csr> blocks = {transpose(x)};
    if (side_weight_ > 0) {
      for (const Csr& bags : feature_bags(context.fields, Side::kItem, n, Words::kLeaveOut)) {
        blocks.push_back(tf_idf(bags));
        // Scaled with l2, so that a weight means the same share of the regularized problem on data of any size.
        blocks.back().values.mul_(std::sqrt(side_weight_ * l2_ / 100));
      }
    }
    by_item_ = hconcat(blocks, n);
    ridge_ = ridge(column_counts(x));
    const int64_t side = std::min(n, by_item_.num_cols);
    if (side > max_items_) {
      return fail({ErrorCode::kUnsupported,
                   fmt::format("ease inverts a matrix of its items or of its rows, and {} items and {} rows (users and "
                               "feature values) are both more than {}",
                               n, by_item_.num_cols, max_items_),
                   "",
                   "raise max_items if memory allows (12 bytes times its square), or use ials or item_knn, which scale "
                   "further"});
    }
    return by_item_.num_cols < n ? fit_dual(context) : fit_primal(context);
  }

  at::Tensor score(std::span<const UserState> users) const override {
    if (!is_dual()) {
      return multiply(decayed_histories(users, weights_.size(0), decay_), weights_);
    }
    const at::Tensor x = to_dense(decayed_histories(users, by_item_.num_rows(), decay_));
    // x·P = (x − x·Λ⁻¹Xᵀ·K⁻¹·X)·Λ⁻¹, evaluated transposed, from right to left.
    const at::Tensor shared = multiply(rows_, (x / ridge_).t().contiguous());
    const at::Tensor explained = multiply(by_item_, at::mm(inverse_, shared)).t();
    return (x - (x - explained) / ridge_ / diagonal_).contiguous();
  }

  TensorMap state() const override {
    if (!is_dual()) {
      return {{"weights", weights_}};
    }
    TensorMap state = {{"inverse", inverse_}, {"ridge", ridge_}, {"diagonal", diagonal_}};
    put_csr("by_item", by_item_, state);
    return state;
  }

  Status restore(const TensorMap& state, const std::string& where) override {
    if (state.contains("inverse")) {
      HAINA_TRY(inverse_, take_tensor(state, "inverse", at::kFloat, 2, where));
      HAINA_TRY(ridge_, take_tensor(state, "ridge", at::kFloat, 1, where));
      HAINA_TRY(diagonal_, take_tensor(state, "diagonal", at::kFloat, 1, where));
      HAINA_TRY(by_item_, take_csr(state, "by_item", where));
      if (inverse_.size(0) != by_item_.num_cols || inverse_.size(1) != by_item_.num_cols ||
          ridge_.size(0) != by_item_.num_rows() || diagonal_.size(0) != by_item_.num_rows()) {
        return fail(
            {ErrorCode::kBadData, "the tensors of ease have inconsistent shapes", where, "run haina train again"});
      }
      rows_ = transpose(by_item_);
      return ok();
    }
    HAINA_TRY(weights_, take_tensor(state, "weights", at::kFloat, 2, where));
    if (weights_.size(0) != weights_.size(1)) {
      return fail({ErrorCode::kBadData, "the weights of ease are not a square matrix", where, "run haina train again"});
    }
    return ok();
  }

 private:
  // λ_i = l2·pop_i^power, scaled to a mean of l2 over the items with events; an item without events gets l2.
  at::Tensor ridge(const std::vector<float>& pop) const {
    double sum = 0, seen = 0;
    for (const float count : pop) {
      sum += count > 0 ? std::pow(count, pop_power_) : 0;
      seen += count > 0 ? 1 : 0;
    }
    at::Tensor result = at::full({std::ssize(pop)}, l2_, at::kFloat);
    float* const out = result.data_ptr<float>();
    for (size_t i = 0; i < pop.size(); ++i) {
      if (pop[i] > 0) {
        out[i] = static_cast<float>(l2_ * std::pow(pop[i], pop_power_) * seen / sum);
      }
    }
    return result;
  }

  bool is_dual() const { return inverse_.defined(); }

  Status fit_primal(const FitContext& context) {
    at::Tensor p = gram(transpose(by_item_), context.stop);
    p.diagonal().add_(ridge_);
    HAINA_TRY(weights_, inverse_of(std::move(p), context));
    weights_.div_(weights_.diagonal().clone().neg_().unsqueeze(0));
    weights_.diagonal().zero_();
    by_item_ = Csr();
    return ok();
  }

  Status fit_dual(const FitContext& context) {
    // Gram of Λ^-½Xᵀ: its rows are items.
    Csr scaled = {by_item_.num_cols, by_item_.offsets, by_item_.columns, by_item_.values.clone()};
    const at::Tensor cells = by_item_.offsets.diff();
    scaled.values.div_(ridge_.sqrt().repeat_interleave(cells));
    at::Tensor k = gram(scaled, context.stop);
    k.diagonal().add_(1);
    HAINA_TRY(inverse_, inverse_of(std::move(k), context));
    rows_ = transpose(by_item_);
    // diag(P) = (1 − diag(Λ^-½Xᵀ·K⁻¹·XΛ^-½)) / λ, an item at a time over its own few rows.
    diagonal_ = at::empty({by_item_.num_rows()}, at::kFloat);
    float* const out = diagonal_.data_ptr<float>();
    const float* const inverse = inverse_.const_data_ptr<float>();
    const float* const lambda = ridge_.const_data_ptr<float>();
    at::parallel_for(0, by_item_.num_rows(), 64, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const auto rows = scaled.row(i);
        const auto values = scaled.row_values(i);
        double explained = 0;
        for (size_t a = 0; a < rows.size(); ++a) {
          for (size_t b = 0; b < rows.size(); ++b) {
            explained += static_cast<double>(values[a]) * inverse[rows[a] * inverse_.size(1) + rows[b]] * values[b];
          }
        }
        out[i] = static_cast<float>((1 - explained) / lambda[i]);
      }
    });
    return stop_requested(context) ? Status(interrupted()) : ok();
  }

  Result<at::Tensor> inverse_of(at::Tensor matrix, const FitContext& context) const {
    if (stop_requested(context)) {
      return interrupted();
    }
    auto [factor, info] = at::linalg_cholesky_ex(matrix.to(context.device));
    matrix.reset();
    if (info.item<int32_t>() != 0) {
      return fail({ErrorCode::kUnsupported, fmt::format("ease cannot invert its matrix in float32 with l2 = {}", l2_),
                   "", "raise l2"});
    }
    if (stop_requested(context)) {
      return interrupted();
    }
    return at::cholesky_inverse(factor).cpu().contiguous();
  }

  double l2_, pop_power_, side_weight_;
  int64_t max_items_;
  double decay_;
  at::Tensor weights_;   // primal: float32 [items, items]: row i holds the weights of item i on every item
  at::Tensor inverse_;   // dual: K⁻¹, float32 [rows, rows]
  Csr by_item_;          // dual: Xᵀ [items, rows]
  Csr rows_;             // dual: X
  at::Tensor ridge_;     // dual: Λ, float32 [items]
  at::Tensor diagonal_;  // dual: of P, float32 [items]
};

}  // namespace

ExpertEntry ease_entry() {
  return {.name = "ease",
          .summary =
              "Linear item-to-item weights in closed form: strong if items, or users, are at most some ten thousand.",
          .needs_history = true,
          .params = {{.name = "l2", .value = 300, .min = 1e-3, .max = 1e7, .doc = "regularization"},
                     {.name = "pop_power",
                      .value = 0,
                      .min = 0,
                      .max = 2,
                      .doc = "the l2 of an item grows with its popularity to this power"},
                     {.name = "side_weight",
                      .value = 0,
                      .min = 0,
                      .max = 1e4,
                      .doc = "weight of tags, categories and links; 0: off"},
                     {.name = "max_items",
                      .value = 15000,
                      .min = 1,
                      .max = 1e5,
                      .doc = "the fit is declined if items and rows (users and feature values) are both more"},
                     history_decay_param()},
          .uses_fields = true,
          .field_weights = {"side_weight"},
          .make = [](const Params& p) { return std::make_unique<Ease>(p); },
          .variants = {{{"l2", 1000}, {"pop_power", 0.25}},
                       {{"l2", 1000}, {"side_weight", 1}},
                       {{"l2", 100}, {"side_weight", 10}},
                       {{"decay", 0.9}}},
          .parameter_paths = {{.param = "l2", .factor = 3},
                              {.param = "decay", .factor = 1.1},
                              {.param = "side_weight", .factor = 3, .from = 10},
                              {.param = "pop_power", .from = 0.25}}};
}

}  // namespace haina
