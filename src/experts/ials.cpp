// Implicit ALS (Hu, Koren, Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", 2008), with the
// regularization of Rendle et al., "Revisiting the Performance of iALS", 2022. Side sources are further relations that
// share the factors of items or of users ("collective" factorization): (item, feature), (user, profile value), (user,
// friend), each with entities and a density of its own. A user's factors are solved from the history, and from friends
// if those take part; no user row is stored. The expert for large catalogs. Cost: sweeps·(events·factors² + (users +
// items + features)·factors³/3) flops.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/seed.h"
#include "experts/expert.h"
#include "experts/history_matrix.h"
#include "experts/item_features.h"
#include "kernels/exact_mips.h"
#include "kernels/packed_rows.h"
#include "kernels/ridge.h"

namespace haina {
namespace {

// One observed matrix between the rows to be solved and others whose factors are fixed.
struct Relation {
  const Csr* matrix;          // [rows, others]
  const at::Tensor* factors;  // float32 [others, d]
  double weight;              // of the relation in the loss
  double alpha;               // weight that every cell has, observed or not
};

// The part of the normal equations that all rows share, in the basis of its eigenvectors: there Σ_r w α XᵀX is
// diagonal, and a row with n observations costs n²d instead of d³.
struct Basis {
  at::Tensor vectors;               // float32 [d, d]
  at::Tensor values;                // float32 [d], >= 0
  std::vector<at::Tensor> factors;  // per relation float32 [others, d] in this basis, times the root of its weight
  std::vector<double> weights;
  double ridge = 0;  // λ of a row without observations
};

Basis shared_basis(std::span<const Relation> relations, double reg, int64_t d) {
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
    basis.factors.push_back(at::mm(*relation.factors, basis.vectors).mul_(std::sqrt(relation.weight)));
    basis.weights.push_back(relation.weight);
  }
  return basis;
}

// Solves every row's least squares: A = Σ_r w(α XᵀX + Σ_obs xxᵀ) + λI, b = Σ_r w Σ_obs x, λ = reg·Σ_r w(n + α N).
// observed: one matrix [rows, others] per relation of the basis. -> float32 [rows, d]; rows without observations are 0.
// Solved exactly, or if `start` [rows, d] is defined, by kSteps of conjugate gradients from there.
at::Tensor solve_rows(const Basis& basis, std::span<const Csr* const> observed, double reg, const StopFlag* stop,
                      const at::Tensor& start = {}) {
  constexpr int64_t kSteps = 3;  // from the previous sweep: NDCG@20 on Gowalla, 64 factors: .1289, as exact solves
  const int64_t rows = observed[0]->num_rows();
  const int64_t d = basis.values.size(0);
  at::Tensor turned = start.defined() ? at::mm(start, basis.vectors) : at::zeros({rows, d}, at::kFloat);
  float* const out = turned.data_ptr<float>();
  const float* const shared = basis.values.const_data_ptr<float>();
  std::vector<const float*> factors;
  for (const at::Tensor& turned_factors : basis.factors) {
    factors.push_back(turned_factors.const_data_ptr<float>());
  }
  // Threads take the next block when they are free: long rows are often neighbors, since popular items come first.
  constexpr int64_t kBlock = 32;
  std::atomic<int64_t> next = 0;
  at::parallel_for(0, at::get_num_threads(), 1, [&](int64_t, int64_t) {
    RidgeScratch scratch;
    std::vector<float> x, targets, diagonal(static_cast<size_t>(d));
    for (int64_t first = next.fetch_add(kBlock); first < rows && !(stop != nullptr && stop->requested());
         first = next.fetch_add(kBlock)) {
      for (int64_t row = first; row < std::min(first + kBlock, rows); ++row) {
        size_t n = 0;
        for (const Csr* const matrix : observed) {
          n += matrix->row(row).size();
        }
        if (x.size() < n * static_cast<size_t>(d)) {
          x.resize(n * static_cast<size_t>(d));
        }
        targets.resize(n);
        double ridge = basis.ridge;
        float* next_x = x.data();
        float* next_target = targets.data();
        for (size_t r = 0; r < observed.size(); ++r) {
          const auto others = observed[r]->row(row);
          const float root = static_cast<float>(std::sqrt(basis.weights[r]));
          ridge += reg * basis.weights[r] * static_cast<double>(others.size());
          for (const int32_t other : others) {
            std::copy_n(factors[r] + other * d, d, next_x);
            next_x += d;
            *next_target++ = root;
          }
        }
        for (int64_t k = 0; k < d; ++k) {
          diagonal[static_cast<size_t>(k)] = shared[k] + static_cast<float>(ridge);
        }
        const std::span y(out + row * d, static_cast<size_t>(d));
        if (start.defined()) {
          ridge_cg(x, std::ssize(targets), diagonal, targets, kSteps, y, scratch);
        } else {
          solve_ridge(x, std::ssize(targets), diagonal, targets, y, scratch);
        }
      }
    }
  });
  return at::mm(turned, basis.vectors.t());
}

at::Tensor solve_rows(std::span<const Relation> relations, double reg, int64_t d, const StopFlag* stop,
                      const at::Tensor& start) {
  std::vector<const Csr*> observed;
  for (const Relation& relation : relations) {
    observed.push_back(relation.matrix);
  }
  return solve_rows(shared_basis(relations, reg, d), observed, reg, stop, start);
}

double density_alpha(const Csr& matrix, double a0) {
  const double cells = static_cast<double>(matrix.num_rows()) * static_cast<double>(matrix.num_cols);
  return a0 * static_cast<double>(matrix.nnz()) / std::max(cells, 1.0);
}

// A side source of items or users: a matrix against entities of its own.
struct SideRelation {
  Csr matrix;   // [items or users, entities]
  Csr members;  // its transpose
  double weight, alpha;
  at::Tensor factors = {};  // float32 [entities, d]; undefined before the first sweep

  SideRelation(Csr bags, double w, double a0)
      : matrix(std::move(bags)), members(transpose(matrix)), weight(w), alpha(density_alpha(matrix, a0)) {}

  void solve(const at::Tensor& rows, double reg, int64_t d, const StopFlag* stop) {
    factors = solve_rows(std::array{Relation{&members, &rows, weight, alpha}}, reg, d, stop, factors);
  }
  Relation relation() const { return {&matrix, &factors, weight, alpha}; }
};

class Ials final : public Expert {
 public:
  explicit Ials(const Params& p)
      : d_(p.integer("factors")),
        sweeps_(p.integer("sweeps")),
        a0_(p.number("alpha")),
        reg_(p.number("reg") / (1 + p.number("alpha"))),
        relation_weight_(p.number("relation_weight")),
        user_relation_weight_(p.number("user_relation_weight")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    HAINA_OK(require_events(train));
    const Csr by_user = binary_matrix(train);
    const Csr by_item = transpose(by_user);
    alpha_ = density_alpha(by_user, a0_);
    std::vector<SideRelation> of_items, of_users;
    if (relation_weight_ > 0) {
      for (Csr& bags : feature_bags(context.fields, Side::kItem, train.num_items, Words::kLeaveOut)) {
        of_items.emplace_back(std::move(bags), relation_weight_, a0_);
      }
    }
    bool with_friends = false;
    if (user_relation_weight_ > 0) {
      if (Csr ties = social_ties(context.fields, train.num_users); ties.nnz() > 0) {
        of_users.emplace_back(std::move(ties), user_relation_weight_, a0_);
        with_friends = true;
      }
      for (Csr& bags : feature_bags(context.fields, Side::kUser, train.num_users, Words::kLeaveOut)) {
        of_users.emplace_back(std::move(bags), user_relation_weight_, a0_);
      }
    }
    const at::Generator generator = make_generator(context.seed, "ials");
    items_ = at::randn({train.num_items, d_}, generator, at::kFloat).mul_(0.1 / std::sqrt(static_cast<double>(d_)));
    at::Tensor users;
    for (int64_t sweep = 0; sweep < sweeps_; ++sweep) {
      users = solve_side(by_user, items_, of_users, users, context.stop);
      for (SideRelation& side : of_users) {
        side.solve(users, reg_, d_, context.stop);
      }
      for (SideRelation& side : of_items) {
        side.solve(items_, reg_, d_, context.stop);
      }
      items_ = solve_side(by_item, users, of_items, items_, context.stop);
      if (stop_requested(context)) {
        return interrupted();
      }
    }
    if (with_friends) {
      friends_ = of_users.front().factors;
      friends_alpha_ = of_users.front().alpha;
    }
    prepare();
    return ok();
  }

  at::Tensor score(std::span<const UserState> users) const override {
    const at::Tensor rows = rows_of(users, binary_histories(users, items_.size(0)));
    // For one user the packed product has no advantage.
    return users.size() == 1 ? at::mv(items_, rows[0]).unsqueeze(0) : packed_items_.products(rows);
  }

  RankedLists top_k(std::span<const UserState> users, int64_t k) const override {
    std::call_once(search_once_, [&] { search_ = ExactMips(items_); });
    const Csr histories = binary_histories(users, items_.size(0));
    return search_.top(rows_of(users, histories), k, histories);
  }

  TensorMap state() const override {
    TensorMap state = {{"items", items_}, {"alpha", at::full({1}, alpha_, at::kDouble)}};
    if (friends_.defined()) {
      state["friends"] = friends_;
      state["friends_alpha"] = at::full({1}, friends_alpha_, at::kDouble);
    }
    return state;
  }

  Status restore(const TensorMap& state, const std::string& where) override {
    HAINA_TRY(items_, take_tensor(state, "items", at::kFloat, 2, where));
    HAINA_TRY(const at::Tensor alpha, take_tensor(state, "alpha", at::kDouble, 1, where));
    bool is_valid = items_.size(1) == d_ && alpha.size(0) == 1;
    if (is_valid && state.contains("friends")) {
      HAINA_TRY(friends_, take_tensor(state, "friends", at::kFloat, 2, where));
      HAINA_TRY(const at::Tensor friends_alpha, take_tensor(state, "friends_alpha", at::kDouble, 1, where));
      is_valid = friends_.size(1) == d_ && friends_alpha.size(0) == 1;
      friends_alpha_ = is_valid ? friends_alpha.const_data_ptr<double>()[0] : 0;
    }
    if (!is_valid) {
      return fail({ErrorCode::kBadData, fmt::format("ials has {} factors, but {} are expected", items_.size(1), d_),
                   where, "run haina train again"});
    }
    alpha_ = alpha.const_data_ptr<double>()[0];
    prepare();
    return ok();
  }

 private:
  // Rows solved from the events and from the side sources' factors of the previous sweep.
  at::Tensor solve_side(const Csr& events, const at::Tensor& others, std::span<const SideRelation> sides,
                        const at::Tensor& start, const StopFlag* stop) const {
    std::vector<Relation> relations = {{&events, &others, 1, alpha_}};
    for (const SideRelation& side : sides) {
      if (side.factors.defined()) {
        relations.push_back(side.relation());
      }
    }
    return solve_rows(relations, reg_, d_, stop, start);
  }

  // The shared part is prepared once, so that a request costs its own row alone.
  void prepare() {
    packed_items_ = PackedRows(items_);
    std::vector<Relation> relations = {{nullptr, &items_, 1, alpha_}};
    if (friends_.defined()) {
      relations.push_back({nullptr, &friends_, user_relation_weight_, friends_alpha_});
    }
    basis_ = shared_basis(relations, reg_, d_);
  }

  // float32 [users.size(), d]
  at::Tensor rows_of(std::span<const UserState> users, const Csr& histories) const {
    std::vector<const Csr*> observed = {&histories};
    Csr ties;
    if (friends_.defined()) {
      ties = friends_of(users);
      observed.push_back(&ties);
    }
    return solve_rows(basis_, observed, reg_, nullptr);
  }

  // [users.size(), users of the fit]
  Csr friends_of(std::span<const UserState> users) const {
    std::vector<int32_t> rows, columns;
    for (size_t u = 0; u < users.size(); ++u) {
      for (const UserId id : users[u].friends) {
        if (const int32_t other = row_of(id); other >= 0 && other < friends_.size(0) && other != users[u].user) {
          rows.push_back(static_cast<int32_t>(u));
          columns.push_back(other);
        }
      }
    }
    const std::vector<float> ones(rows.size(), 1);
    return csr_from_coordinates(std::ssize(users), friends_.size(0), rows, columns, ones, Repeats::kMax);
  }

  int64_t d_, sweeps_;
  double a0_, reg_, relation_weight_, user_relation_weight_;
  double alpha_ = 0;    // weight of an unobserved user-item cell
  at::Tensor items_;    // float32 [items, d]
  at::Tensor friends_;  // float32 [users, d]: factors of each user as a friend; undefined if friends take no part
  double friends_alpha_ = 0;
  PackedRows packed_items_;
  // Of the items; made by the first call of top_k.
  mutable ExactMips search_;
  mutable std::once_flag search_once_;
  Basis basis_;  // of the items, and of the friends if they take part
};

}  // namespace

ExpertEntry ials_entry() {
  return {.name = "ials",
          .summary = "Matrix factorization by alternating least squares, with side sources as further relations.",
          .params = {{.name = "factors",
                      .value = 64,
                      .min = 1,
                      .max = 4096,
                      .doc = "dimensions per item; large sparse catalogs gain from 256 and more"},
                     {.name = "sweeps",
                      .value = 10,
                      .min = 1,
                      .max = 200,
                      .doc = "number of times that all users and all items are solved"},
                     {.name = "alpha",
                      .value = 10,
                      .min = 1e-3,
                      .max = 1e4,
                      .doc = "total weight of the unobserved cells relative to the observed ones"},
                     {.name = "reg", .value = 0.1, .min = 1e-4, .max = 100, .doc = "regularization per observed cell"},
                     {.name = "relation_weight",
                      .value = 0.3,
                      .min = 0,
                      .max = 100,
                      .doc = "weight of each side source of items; 0: off"},
                     {.name = "user_relation_weight",
                      .value = 0,
                      .min = 0,
                      .max = 100,
                      .doc = "weight of friends and of each profile source of users; 0: off"}},
          .uses_fields = true,
          .field_weights = {"relation_weight", "user_relation_weight"},
          .make = [](const Params& p) { return std::make_unique<Ials>(p); },
          .variants = {{{"alpha", 5}, {"reg", 0.05}},
                       {{"alpha", 20}, {"reg", 0.2}},
                       {{"alpha", 20}, {"reg", 0.1}},
                       {{"alpha", 40}, {"reg", 0.4}}},
          // Gowalla (0.8 million events) gains up to 1024 factors and stays below the bound: validation recall@20 is
          // .151 at 64 and .204 at 1024. On small dense data the search stops at the first step.
          .parameter_paths = {{.param = "factors", .max = 2048, .cost = 2, .always_max = 1024, .always_below = 1e9},
                              {.param = "reg"},
                              {.param = "alpha"},
                              {.param = "relation_weight", .factor = 3, .from = 0.1},
                              {.param = "user_relation_weight", .factor = 3, .from = 0.1}},
          .low_fidelity = {{"sweeps", 3}},
          .per_event = {"reg"}};
}

}  // namespace haina
