#include "ranking/heads.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/seed.h"

namespace haina {
namespace {

constexpr std::array kRidges = {1.0, 10.0, 100.0, 1000.0};  // of weights of standardised features, in pairs
constexpr int64_t kFolds = 4;
constexpr int kSteps = 30;
constexpr double kEnough = 1e-6;  // of a weight, between two steps

at::Tensor scaled_gates(const at::Tensor& gates, const at::Tensor& scale) { return (gates - scale[0]) / scale[1]; }

// Features, gates and a one: [n, models + kGates + 1].
at::Tensor design(const at::Tensor& features, const at::Tensor& gates) {
  return at::cat({features, gates, at::ones({features.size(0), 1}, features.options())}, 1);
}

// Pairs of one action.
struct Labelled {
  at::Tensor x;       // double [n, columns], the last a one
  at::Tensor labels;  // double [n]
  at::Tensor counts;  // double [n]
  Labelled of(const at::Tensor& rows) const {
    return {x.index_select(0, rows), labels.index_select(0, rows), counts.index_select(0, rows)};
  }
};

double cross_entropy(const Labelled& pairs, const at::Tensor& w) {
  const at::Tensor logits = at::mv(pairs.x, w);
  return ((at::softplus(logits) - pairs.labels * logits) * pairs.counts).sum().item<double>();
}

// Weights of P(1) = sigmoid(x·w), double [columns]; `free`: double [columns], 0 where a weight must stay 0. The last
// column is the offset, which no ridge pulls.
at::Tensor fit_logistic(const Labelled& pairs, double by, const at::Tensor& free) {
  const auto& [x, labels, counts] = pairs;
  at::Tensor w = at::zeros({x.size(1)}, at::kDouble);
  const double share = ((labels * counts).sum() / counts.sum()).item<double>();
  w[-1] = std::log(std::max(share, 1e-9) / std::max(1 - share, 1e-9));
  at::Tensor ridge = at::full({x.size(1)}, by, at::kDouble);
  ridge[-1] = 0;
  const auto loss_of = [&](const at::Tensor& at) {
    return cross_entropy(pairs, at) + 0.5 * (ridge * at.square()).sum().item<double>();
  };
  double loss = loss_of(w);
  for (int step = 0; step < kSteps; ++step) {
    const at::Tensor p = at::sigmoid(at::mv(x, w));
    const at::Tensor gradient = (at::mv(x.t(), (p - labels) * counts) + ridge * w) * free;
    const at::Tensor curvature = (p * (1 - p) * counts).clamp_min(1e-12);
    at::Tensor hessian = at::mm(x.t() * curvature, x) * at::outer(free, free);
    hessian.diagonal().add_(ridge + (1 - free) + 1e-9);
    const at::Tensor move = at::linalg_solve(hessian, gradient) * free;
    // Halved until the loss falls: far from the best, a whole step can be too long.
    double length = 1;
    double next = loss_of(w - move);
    for (; next > loss && length > 1e-3; length /= 2) {
      next = loss_of(w - move * (length / 2));
    }
    if (!(next <= loss)) {
      break;
    }
    w = w - move * length;
    loss = next;
    if ((move.abs().max() * length).item<double>() < kEnough) {
      break;
    }
  }
  return w;
}

// With the ridge that foretells users best whom it was not fitted on.
at::Tensor fit_across(const Labelled& pairs, const at::Tensor& users, const at::Tensor& free) {
  const at::Tensor fold = users.remainder(kFolds);
  double best = std::numeric_limits<double>::infinity();
  double chosen = kRidges.back();
  for (const double ridge : kRidges) {
    double total = 0;
    for (int64_t f = 0; f < kFolds; ++f) {
      const Labelled inside = pairs.of(fold.ne(f).nonzero().squeeze(1));
      total += cross_entropy(pairs.of(fold.eq(f).nonzero().squeeze(1)), fit_logistic(inside, ridge, free));
    }
    if (total < best) {
      best = total;
      chosen = ridge;
    }
  }
  return fit_logistic(pairs, chosen, free);
}

}  // namespace

at::Tensor ActionHeads::probabilities(const at::Tensor& features, const at::Tensor& gates) const {
  const at::Tensor about = scaled_gates(gates, gate_scale).expand({features.size(0), kGates});
  return at::sigmoid(at::mm(design(features, about), weights.t()));
}

at::Tensor ActionHeads::of_items(std::span<const at::Tensor> scores, const UserState& user,
                                 std::span<const int32_t> items) const {
  const at::Tensor rows = at::tensor(std::vector<int64_t>(items.begin(), items.end()), at::kLong);
  at::Tensor features = at::zeros({std::ssize(items), std::ssize(scores)});
  for (size_t m = 0; m < scores.size(); ++m) {
    const auto column = static_cast<int64_t>(m);
    if (scores[m].defined() && weights.select(1, column).ne(0).any().item<bool>()) {
      features.select(1, column).copy_(standardise(scores[m])[0].index_select(0, rows));
    }
  }
  return probabilities(features, gates_of({&user, 1})[0]);
}

at::Tensor ActionHeads::of_all(std::span<const at::Tensor> scores, const UserState& user) const {
  const auto any = std::ranges::find_if(scores, [](const at::Tensor& given) { return given.defined(); });
  HAINA_ASSERT(any != scores.end());
  std::vector<int32_t> items(static_cast<size_t>(any->size(1)));
  std::iota(items.begin(), items.end(), 0);
  return of_items(scores, user, items);
}

TensorMap ActionHeads::state() const {
  return actions.empty() ? TensorMap() : TensorMap{{"head_weights", weights}, {"head_gate_scale", gate_scale}};
}

Result<ActionHeads> ActionHeads::restore(const nlohmann::json& json, const TensorMap& state, int64_t num_models,
                                         const std::string& where) {
  ActionHeads heads;
  const auto damaged = [&] {
    return fail({ErrorCode::kBadData, "the heads of the ranker are damaged", where, "make it again with haina train"});
  };
  try {
    heads.actions = json.value("actions", heads.actions);
  } catch (const nlohmann::json::exception&) {
    return damaged();
  }
  if (heads.actions.empty()) {
    return heads;
  }
  HAINA_TRY(heads.weights, take_tensor(state, "head_weights", at::kFloat, 2, where));
  HAINA_TRY(heads.gate_scale, take_tensor(state, "head_gate_scale", at::kFloat, 2, where));
  if (heads.weights.size(0) != std::ssize(heads.actions) || heads.weights.size(1) != num_models + kGates + 1 ||
      heads.gate_scale.size(0) != 2 || heads.gate_scale.size(1) != kGates) {
    return damaged();
  }
  return heads;
}

ActionPairs action_pairs(const RankerSamples& samples, const DoneActions& done, int64_t others, uint64_t seed) {
  const int64_t models = samples.num_models(), actions = std::ssize(done.actions);
  std::vector<int64_t> users;
  std::vector<float> features, gates, weights, labels;
  RandomStream random(seed, "ranking/heads");
  for (size_t u = 0; u < samples.users().size(); ++u) {
    const RankerSamples::User& user = samples.users()[u];
    const auto did = [&](int64_t action, int32_t item) {
      return std::ranges::binary_search(done.did[static_cast<size_t>(action)].row(static_cast<int64_t>(u)), item);
    };
    const auto add = [&](int64_t candidate, float weight) {
      const auto from = user.features.begin() + candidate * models;
      features.insert(features.end(), from, from + models);
      gates.insert(gates.end(), user.gates.begin(), user.gates.end());
      users.push_back(static_cast<int64_t>(u));
      weights.push_back(weight);
      for (int64_t a = 0; a < actions; ++a) {
        labels.push_back(did(a, user.items[static_cast<size_t>(candidate)]) ? 1.0F : 0.0F);
      }
    };
    std::vector<int64_t> left;
    for (int64_t c = 0; c < std::ssize(user.items); ++c) {
      bool any = false;
      for (int64_t a = 0; a < actions && !any; ++a) {
        any = did(a, user.items[static_cast<size_t>(c)]);
      }
      if (any) {
        add(c, 1);
      } else {
        left.push_back(c);
      }
    }
    const int64_t drawn = std::min(others, std::ssize(left));
    for (int64_t i = 0; i < drawn; ++i) {  // the first steps of a Fisher-Yates shuffle
      std::swap(left[static_cast<size_t>(i)], left[static_cast<size_t>(i + random.below(std::ssize(left) - i))]);
      add(left[static_cast<size_t>(i)], static_cast<float>(std::ssize(left)) / static_cast<float>(drawn));
    }
  }
  const int64_t n = std::ssize(weights);
  return {.users = at::tensor(users, at::kLong),
          .features = at::tensor(features).view({n, models}),
          .gates = at::tensor(gates).view({n, kGates}),
          .weights = at::tensor(weights),
          .labels = at::tensor(labels).view({n, actions})};
}

ActionHeads fit_heads(const ActionPairs& pairs, const std::vector<std::string>& actions,
                      const std::vector<bool>& reads) {
  const at::NoGradGuard no_grad;
  ActionHeads heads;
  if (pairs.weights.size(0) < 2) {
    return heads;
  }
  heads.gate_scale = at::stack({pairs.gates.mean(0), pairs.gates.std(0).clamp_min(1e-3)});
  const at::Tensor x = design(pairs.features, scaled_gates(pairs.gates, heads.gate_scale)).to(at::kDouble);
  const at::Tensor counts = pairs.weights.to(at::kDouble);
  at::Tensor free = at::ones({x.size(1)}, at::kDouble);
  for (size_t m = 0; m < reads.size(); ++m) {
    free[static_cast<int64_t>(m)] = reads[m] ? 1 : 0;
  }
  std::vector<at::Tensor> rows;
  for (size_t a = 0; a < actions.size(); ++a) {
    const at::Tensor labels = pairs.labels.select(1, static_cast<int64_t>(a)).to(at::kDouble);
    const auto done = static_cast<int64_t>(labels.sum().item<double>());
    if (done >= kFewestDone && done < labels.size(0)) {
      heads.actions.push_back(actions[a]);
      rows.push_back(fit_across({x, labels, counts}, pairs.users, free));
    }
  }
  if (!rows.empty()) {
    heads.weights = at::stack(rows).to(at::kFloat).contiguous();
  }
  return heads;
}

}  // namespace haina
