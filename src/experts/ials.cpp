// Implicit ALS (Hu, Koren, Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", 2008), with the scaling
// of Rendle et al., "Revisiting the Performance of iALS", 2022, and side sources as further relations that share the
// item factors ("collective"). The expert for large catalogues. Cost: sweeps·(events·factors² + (users + items +
// features)·factors³/3) flops.
#include <ATen/Parallel.h>

#include <algorithm>

#include "base/seed.h"
#include "experts/expert.h"
#include "experts/parts.h"

namespace haina {
namespace {

// One observed matrix between rows to be solved and others that stand still.
struct Relation {
  const Csr* matrix;    // [rows, others]
  at::Tensor* factors;  // float32 [others, d]
  double weight;        // of its whole loss
  double alpha;         // weight of every cell, observed or not
};

// Solves every row's least squares: A = Σ_r w(α XᵀX + Σ_obs xxᵀ) + λI, b = Σ_r w Σ_obs x, λ = reg·Σ_r w(n + α N).
// [rows, d]; rows without observations are 0.
at::Tensor solve_rows(std::span<const Relation> relations, double reg, int64_t d, const StopFlag* stop) {
  const int64_t rows = relations[0].matrix->num_rows();
  at::Tensor shared = at::zeros({d, d}, at::kFloat);
  double shared_reg = 0;
  for (const Relation& relation : relations) {
    shared.add_(at::mm(relation.factors->t(), *relation.factors), relation.weight * relation.alpha);
    shared_reg += reg * relation.weight * relation.alpha * static_cast<double>(relation.matrix->num_cols);
  }
  at::Tensor result = at::zeros({rows, d}, at::kFloat);
  // Fixed blocks, so that the bits do not depend on the number of threads; about 1 MB of matrices each.
  const int64_t block = std::clamp<int64_t>((1 << 18) / (d * d), 1, 64);
  at::parallel_for(0, (rows + block - 1) / block, 1, [&](int64_t begin, int64_t end) {
    for (int64_t chunk = begin; chunk < end && !(stop != nullptr && stop->requested()); ++chunk) {
      const int64_t first = chunk * block;
      const int64_t count = std::min(block, rows - first);
      at::Tensor a = shared.expand({count, d, d}).clone();
      at::Tensor b = at::zeros({count, d, 1}, at::kFloat);
      at::Tensor ridge = at::full({count}, shared_reg, at::kFloat);
      float* const ridges = ridge.data_ptr<float>();
      for (int64_t r = 0; r < count; ++r) {
        for (const Relation& relation : relations) {
          const auto others = relation.matrix->row(first + r);
          if (others.empty()) {
            continue;
          }
          const auto n = std::ssize(others);
          ridges[r] += static_cast<float>(reg * relation.weight * static_cast<double>(n));
          const at::Tensor x = relation.factors->index_select(
              0, relation.matrix->columns.narrow(0, others.data() - relation.matrix->columns.const_data_ptr<int32_t>(),
                                                 n));
          a.select(0, r).addmm_(x.t(), x, 1, relation.weight);
          b.select(0, r).select(1, 0).add_(x.sum(0), relation.weight);
        }
      }
      a.diagonal(0, 1, 2).add_(ridge.unsqueeze(1));
      result.narrow(0, first, count).copy_(at::cholesky_solve(b, std::get<0>(at::linalg_cholesky_ex(a))).squeeze(2));
    }
  });
  return result;
}

double density_alpha(const Csr& matrix, double a0) {
  const double cells = static_cast<double>(matrix.num_rows()) * static_cast<double>(matrix.num_cols);
  return a0 * static_cast<double>(matrix.nnz()) / std::max(cells, 1.0);
}

class Ials final : public Expert {
 public:
  explicit Ials(const Params& p)
      : d_(p.integer("factors")),
        sweeps_(p.integer("sweeps")),
        a0_(p.number("alpha")),
        reg_(p.number("reg") / (1 + p.number("alpha"))),
        relation_weight_(p.number("relation_weight")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    HAINA_OK(require_events(train));
    const Csr by_user = binary_matrix(train);
    const Csr by_item = transpose(by_user);
    alpha_ = density_alpha(by_user, a0_);
    std::vector<Csr> bags, members;
    if (relation_weight_ > 0) {
      bags = item_bags(context.fields, train.num_items);
      for (const Csr& bag : bags) {
        members.push_back(transpose(bag));
      }
    }
    const at::Generator generator = make_generator(context.seed, "ials");
    items_ = at::randn({train.num_items, d_}, generator, at::kFloat).mul_(0.1 / std::sqrt(static_cast<double>(d_)));
    at::Tensor users;
    std::vector<at::Tensor> features(bags.size());
    for (int64_t sweep = 0; sweep < sweeps_; ++sweep) {
      users = solve_rows(std::array{Relation{&by_user, &items_, 1, alpha_}}, reg_, d_, context.stop);
      std::vector<Relation> of_items = {{&by_item, &users, 1, alpha_}};
      for (size_t f = 0; f < bags.size(); ++f) {
        const double alpha = density_alpha(bags[f], a0_);
        features[f] =
            solve_rows(std::array{Relation{&members[f], &items_, relation_weight_, alpha}}, reg_, d_, context.stop);
        of_items.push_back({&bags[f], &features[f], relation_weight_, alpha});
      }
      items_ = solve_rows(of_items, reg_, d_, context.stop);
      if (stop_requested(context)) {
        return interrupted();
      }
    }
    return ok();
  }

  at::Tensor score(std::span<const UserState> users) const override {
    const Csr histories = binary_histories(users, items_.size(0));
    at::Tensor items = items_;
    return at::mm(solve_rows(std::array{Relation{&histories, &items, 1, alpha_}}, reg_, d_, nullptr), items.t());
  }

  TensorMap state() const override { return {{"items", items_}, {"alpha", at::full({1}, alpha_, at::kDouble)}}; }

  Status restore(const TensorMap& state, const std::string& where) override {
    HAINA_TRY(items_, take_tensor(state, "items", at::kFloat, 2, where));
    HAINA_TRY(const at::Tensor alpha, take_tensor(state, "alpha", at::kDouble, 1, where));
    if (items_.size(1) != d_ || alpha.size(0) != 1) {
      return fail({ErrorCode::kBadData, fmt::format("ials has {} factors where {} are expected", items_.size(1), d_),
                   where, "train again"});
    }
    alpha_ = alpha.const_data_ptr<double>()[0];
    return ok();
  }

 private:
  int64_t d_, sweeps_;
  double a0_, reg_, relation_weight_;
  double alpha_ = 0;  // weight of an unobserved user-item cell
  at::Tensor items_;  // float32 [items, d]
};

}  // namespace

ExpertEntry ials_entry() {
  return {
      .name = "ials",
      .summary = "Matrix factors by alternating least squares, with tags, categories and links as further relations.",
      .params = {{.name = "factors",
                  .value = 64,
                  .min = 1,
                  .max = 4096,
                  .doc = "numbers an item; large sparse catalogues want 256 and more"},
                 {.name = "sweeps",
                  .value = 10,
                  .min = 1,
                  .max = 200,
                  .doc = "times that all users and all items are solved"},
                 {.name = "alpha",
                  .value = 10,
                  .min = 1e-3,
                  .max = 1e4,
                  .doc = "weight of all unobserved cells against all observed ones"},
                 {.name = "reg", .value = 0.1, .min = 1e-4, .max = 100, .doc = "regularisation an observed cell"},
                 {.name = "relation_weight",
                  .value = 0.3,
                  .min = 0,
                  .max = 100,
                  .doc = "weight of each side source; 0: off"}},
      .uses_fields = true,
      .make = [](const Params& p) { return std::make_unique<Ials>(p); }};
}

}  // namespace haina
