// Implicit ALS (Hu, Koren, Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", 2008), with the scaling
// of Rendle et al., "Revisiting the Performance of iALS", 2022, and side sources as further relations that share the
// item factors ("collective"). The expert for large catalogues. Cost: sweeps·(events·factors² + (users + items +
// features)·factors³/3) flops.
#include <ATen/Parallel.h>

#include <algorithm>

#include "base/seed.h"
#include "experts/expert.h"
#include "experts/parts.h"
#include "kernels/ridge.h"

namespace haina {
namespace {

// One observed matrix between rows to be solved and others that stand still.
struct Relation {
  const Csr* matrix;    // [rows, others]
  at::Tensor* factors;  // float32 [others, d]
  double weight;        // of its whole loss
  double alpha;         // weight of every cell, observed or not
};

// What all rows share, in the basis of its eigenvectors: there Σ_r w α XᵀX is a diagonal, and a row with n observations
// costs n²d instead of d³.
struct Basis {
  at::Tensor vectors;               // float32 [d, d]
  at::Tensor values;                // float32 [d], >= 0
  std::vector<at::Tensor> factors;  // float32 [others, d] a relation, turned
  std::vector<double> weights;
  double ridge = 0;  // λ of a row without observations
};

Basis turn(std::span<const Relation> relations, double reg, int64_t d) {
  Basis basis;
  at::Tensor shared = at::zeros({d, d}, at::kFloat);
  for (const Relation& relation : relations) {
    shared.add_(at::mm(relation.factors->t(), *relation.factors), relation.weight * relation.alpha);
    basis.ridge += reg * relation.weight * relation.alpha * static_cast<double>(relation.factors->size(0));
  }
  const auto [values, vectors] = at::linalg_eigh(shared.to(at::kDouble));
  basis.values = values.clamp_min(0).to(at::kFloat).contiguous();
  basis.vectors = vectors.to(at::kFloat).contiguous();
  for (const Relation& relation : relations) {
    basis.factors.push_back(at::mm(*relation.factors, basis.vectors));
    basis.weights.push_back(relation.weight);
  }
  return basis;
}

// Solves every row's least squares: A = Σ_r w(α XᵀX + Σ_obs xxᵀ) + λI, b = Σ_r w Σ_obs x, λ = reg·Σ_r w(n + α N).
// observed: one [rows, others] a relation of the basis. [rows, d]; rows without observations are 0.
at::Tensor solve_rows(const Basis& basis, std::span<const Csr* const> observed, double reg, const StopFlag* stop) {
  const int64_t rows = observed[0]->num_rows();
  const int64_t d = basis.values.size(0);
  at::Tensor turned = at::zeros({rows, d}, at::kFloat);
  float* const out = turned.data_ptr<float>();
  constexpr int64_t kGrain = 32;
  at::parallel_for(0, rows, kGrain, [&](int64_t begin, int64_t end) {
    RidgeScratch scratch;
    std::vector<float> x, targets, diagonal(static_cast<size_t>(d));
    for (int64_t row = begin; row < end && !(stop != nullptr && stop->requested()); ++row) {
      x.clear();
      targets.clear();
      double ridge = basis.ridge;
      for (size_t r = 0; r < observed.size(); ++r) {
        const auto others = observed[r]->row(row);
        const float root = static_cast<float>(std::sqrt(basis.weights[r]));
        const float* const factors = basis.factors[r].const_data_ptr<float>();
        ridge += reg * basis.weights[r] * static_cast<double>(others.size());
        for (const int32_t other : others) {
          for (int64_t k = 0; k < d; ++k) {
            x.push_back(root * factors[other * d + k]);
          }
          targets.push_back(root);
        }
      }
      for (int64_t k = 0; k < d; ++k) {
        diagonal[static_cast<size_t>(k)] = basis.values.const_data_ptr<float>()[k] + static_cast<float>(ridge);
      }
      solve_ridge(x, std::ssize(targets), diagonal, targets, {out + row * d, static_cast<size_t>(d)}, scratch);
    }
  });
  return at::mm(turned, basis.vectors.t());
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
      users = solve_rows(turn(std::array{Relation{&by_user, &items_, 1, alpha_}}, reg_, d_), std::array{&by_user}, reg_,
                         context.stop);
      std::vector<Relation> of_items = {{&by_item, &users, 1, alpha_}};
      std::vector<const Csr*> observed = {&by_item};
      for (size_t f = 0; f < bags.size(); ++f) {
        const double alpha = density_alpha(bags[f], a0_);
        const std::array members_of = {&members[f]};
        features[f] = solve_rows(turn(std::array{Relation{&members[f], &items_, relation_weight_, alpha}}, reg_, d_),
                                 members_of, reg_, context.stop);
        of_items.push_back({&bags[f], &features[f], relation_weight_, alpha});
        observed.push_back(&bags[f]);
      }
      items_ = solve_rows(turn(of_items, reg_, d_), observed, reg_, context.stop);
      if (stop_requested(context)) {
        return interrupted();
      }
    }
    serve();
    return ok();
  }

  at::Tensor score(std::span<const UserState> users) const override {
    const Csr histories = binary_histories(users, items_.size(0));
    return at::mm(solve_rows(serving_, std::array{&histories}, reg_, nullptr), items_.t());
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
    serve();
    return ok();
  }

 private:
  // Turned once, so that a request costs its own row alone.
  void serve() { serving_ = turn(std::array{Relation{nullptr, &items_, 1, alpha_}}, reg_, d_); }

  int64_t d_, sweeps_;
  double a0_, reg_, relation_weight_;
  double alpha_ = 0;  // weight of an unobserved user-item cell
  at::Tensor items_;  // float32 [items, d]
  Basis serving_;     // of the items alone
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
      .make = [](const Params& p) { return std::make_unique<Ials>(p); },
      .variants = {{{"alpha", 5}, {"reg", 0.05}}, {{"alpha", 20}, {"reg", 0.2}}, {{"alpha", 40}, {"reg", 0.4}}}};
}

}  // namespace haina
