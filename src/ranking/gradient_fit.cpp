#include "ranking/gradient_fit.h"

#include <ATen/ATen.h>
#include <torch/optim/adam.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include "base/draw_to_front.h"
#include "base/seed.h"

namespace haina {
namespace {

constexpr int64_t kNegatives = 128;         // candidates per user besides the held-out ones, drawn anew for every fit
constexpr int64_t kHidden = 32;             // units of the network
constexpr int64_t kBatch = 128;             // users
constexpr int64_t kSteps = 400;             // at least
constexpr int64_t kEpochs = 8;              // at least
constexpr int64_t kValidations = 20;        // at most
constexpr double kRate = 0.02;              // at the start; falls linearly to 5 %
constexpr double kUserFeatureRidge = 1e-2;  // keeps weights that depend on the user small unless many users agree
constexpr double kNoCandidate = -1e9;       // a logit

using User = RankerSamples::User;

// The users of a fit as padded tensors: every held-out candidate and up to kNegatives of the others.
struct Padded {
  at::Tensor features;       // [U, C, models]
  at::Tensor logs;           // [U, C, models]
  at::Tensor best;           // [U, models]
  at::Tensor target;         // [U, C]: the user's weight, divided among the held-out candidates by their gains
  at::Tensor padding;        // [U, C]: kNoCandidate where a row is short, else 0
  at::Tensor user_features;  // [U, kUserFeatures]
};

// Indices of the user's held-out candidates, then of the negatives drawn; empty without held-out candidates.
std::vector<int64_t> draw_candidates(const User& user, RandomStream& random) {
  std::vector<int64_t> chosen, others;
  for (int64_t c = 0; c < std::ssize(user.relevant); ++c) {
    (user.relevant[static_cast<size_t>(c)] != 0 ? chosen : others).push_back(c);
  }
  if (chosen.empty()) {
    return chosen;
  }
  chosen.insert(chosen.end(), others.begin(), others.begin() + draw_to_front(others, kNegatives, random));
  return chosen;
}

// Copies one user's chosen candidates into row i.
void fill_row(const User& user, std::span<const int64_t> chosen, int64_t i, Padded& padded) {
  const int64_t width = padded.target.size(1), models = padded.features.size(2);
  float hits = 0;
  for (const int64_t c : chosen) {
    hits += user.relevant[static_cast<size_t>(c)];
  }
  for (int64_t k = 0; k < std::ssize(chosen); ++k) {
    const size_t c = static_cast<size_t>(chosen[static_cast<size_t>(k)]);
    std::copy_n(user.features.begin() + static_cast<int64_t>(c) * models, models,
                padded.features.data_ptr<float>() + (i * width + k) * models);
    std::copy_n(user.logs.begin() + static_cast<int64_t>(c) * models, models,
                padded.logs.data_ptr<float>() + (i * width + k) * models);
    padded.target.data_ptr<float>()[i * width + k] = user.relevant[c] / hits * static_cast<float>(user.weight);
    padded.padding.data_ptr<float>()[i * width + k] = 0;
  }
  std::ranges::copy(user.user_features, padded.user_features.data_ptr<float>() + i * kUserFeatures);
  std::ranges::copy(user.best, padded.best.data_ptr<float>() + i * models);
}

Padded pad(const RankerSamples& samples, std::span<const int64_t> users, uint64_t seed) {
  RandomStream random(seed, "ranking/negatives");
  std::vector<std::vector<int64_t>> chosen;
  std::vector<const User*> kept;
  int64_t width = 1;
  for (const int64_t u : users) {
    const User& user = samples.users()[static_cast<size_t>(u)];
    std::vector<int64_t> own = draw_candidates(user, random);
    if (own.empty()) {
      continue;
    }
    width = std::max<int64_t>(width, std::ssize(own));
    chosen.push_back(std::move(own));
    kept.push_back(&user);
  }
  const int64_t n = std::ssize(kept), models = samples.num_models();
  Padded padded = {.features = at::zeros({n, width, models}),
                   .logs = at::zeros({n, width, models}),
                   .best = at::zeros({n, models}),
                   .target = at::zeros({n, width}),
                   .padding = at::full({n, width}, kNoCandidate),
                   .user_features = at::zeros({n, kUserFeatures})};
  for (int64_t i = 0; i < n; ++i) {
    fill_row(*kept[static_cast<size_t>(i)], chosen[static_cast<size_t>(i)], i, padded);
  }
  return padded;
}

// Mean and standard deviation of the rows: float32 [2, columns].
at::Tensor scale_of(const at::Tensor& rows) {
  return rows.size(0) > 1 ? at::stack({rows.mean(0), rows.std(0).clamp_min(1e-3)})
                          : at::stack({at::zeros({rows.size(1)}), at::ones({rows.size(1)})});
}

// A copy without gradients that later steps do not change.
Blender detached(const Blender& blender) {
  Blender copy = blender;
  for (at::Tensor* const tensor :
       {&copy.weights, &copy.user_feature_weights, &copy.direct, &copy.hidden, &copy.hidden_bias, &copy.output}) {
    *tensor = tensor->defined() ? tensor->detach().clone() : *tensor;
  }
  return copy;
}

// A blender in training with what it reads, scaled.
class GradientFit {
 public:
  GradientFit(const std::string& name, const RankerSamples& samples, std::span<const int64_t> users, uint64_t seed,
              at::Tensor start)
      : data_(pad(samples, users, seed)) {
    const int64_t models = samples.num_models();
    blender.name = name;
    blender.weights = std::move(start);
    parameters = {blender.weights};
    if (name != "linear") {
      blender.user_feature_scale = scale_of(data_.user_features);
      blender.user_feature_weights = at::zeros({kUserFeatures, models});
      parameters.push_back(blender.user_feature_weights);
      user_features_ = scaled(data_.user_features, blender.user_feature_scale);
    }
    if (name == "network") {
      create_network(models, seed);
    }
  }
  int64_t num_users() const { return data_.features.size(0); }

  // The mean loss of the users of these rows, int64 [n]. float32 []
  at::Tensor loss(const at::Tensor& rows) const {
    const int64_t count = rows.size(0);
    at::Tensor weights = blender.weights.unsqueeze(0).expand({count, blender.weights.size(0)});
    at::Tensor penalty = at::zeros({});
    if (blender.user_feature_weights.defined()) {
      weights = weights + at::matmul(user_features_.index_select(0, rows), blender.user_feature_weights);
      penalty = kUserFeatureRidge * blender.user_feature_weights.square().sum();
    }
    at::Tensor scores = at::bmm(data_.features.index_select(0, rows), weights.unsqueeze(2)).squeeze(2) +
                        data_.padding.index_select(0, rows);
    if (blender.hidden.defined()) {
      scores = scores + network_term(blender, logs_.index_select(0, rows), about_.index_select(0, rows));
    }
    return -(at::log_softmax(scores, 1) * data_.target.index_select(0, rows)).sum() / static_cast<double>(count) +
           penalty;
  }

  Blender blender;
  std::vector<at::Tensor> parameters;

 private:
  void create_network(int64_t models, uint64_t seed) {
    at::Generator generator = make_generator(seed, "ranking/network");
    const int64_t width = 2 * models + kUserFeatures;
    blender.hidden = at::normal(0, 1 / std::sqrt(static_cast<double>(width)), {kHidden, width}, generator, at::kFloat);
    blender.hidden_bias = at::zeros({kHidden});
    blender.output = at::zeros({kHidden});
    blender.direct = at::zeros({models});
    parameters.insert(parameters.end(), {blender.hidden, blender.hidden_bias, blender.output, blender.direct});
    const at::Tensor candidates = data_.padding.eq(0).flatten().nonzero().squeeze(1);
    blender.log_scale = scale_of(data_.logs.flatten(0, 1).index_select(0, candidates));
    blender.best_scale = scale_of(data_.best);
    logs_ = scaled(data_.logs, blender.log_scale);
    about_ = at::cat({scaled(data_.best, blender.best_scale), user_features_}, 1);
  }

  Padded data_;
  at::Tensor user_features_;  // undefined for "linear"
  at::Tensor logs_, about_;   // defined for "network"
};

// Keeps the best blender by the sum of NDCG over the validation users.
struct BestBlender {
  void offer(const Blender& blender, const RankerSamples& samples, std::span<const int64_t> validation_users) {
    const std::vector<double> values = sample_ndcg(blender, samples, validation_users);
    if (const double sum = std::accumulate(values.begin(), values.end(), 0.0); sum > value) {
      value = sum;
      best = detached(blender);
    }
  }
  Blender best;
  double value = -1;
};

}  // namespace

Blender fit_by_gradient(const std::string& name, const RankerSamples& samples, std::span<const int64_t> users,
                        uint64_t seed, at::Tensor start, std::span<const int64_t> validation_users) {
  GradientFit fit(name, samples, users, seed, std::move(start));
  const int64_t n = fit.num_users();
  if (n == 0) {
    return fit.blender;
  }
  for (at::Tensor& parameter : fit.parameters) {
    parameter.set_requires_grad(true);
  }
  torch::optim::Adam adam(fit.parameters, torch::optim::AdamOptions(kRate));
  RandomStream random(seed, "ranking/batches");
  const int64_t batch = std::min(kBatch, n);
  const int64_t batches = (n + batch - 1) / batch;
  const int64_t epochs = std::max(kEpochs, (kSteps + batches - 1) / batches);
  const int64_t epochs_a_validation = std::max<int64_t>(1, epochs / kValidations);
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  BestBlender best;
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    if (!validation_users.empty() && epoch % epochs_a_validation == 0) {
      best.offer(fit.blender, samples, validation_users);
    }
    for (auto& group : adam.param_groups()) {
      static_cast<torch::optim::AdamOptions&>(group.options())
          .lr(kRate * (1 - 0.95 * static_cast<double>(epoch) / static_cast<double>(epochs)));
    }
    for (size_t i = order.size(); i > 1; --i) {
      std::swap(order[i - 1], order[static_cast<size_t>(random.below(static_cast<int64_t>(i)))]);
    }
    for (int64_t begin = 0; begin < n; begin += batch) {
      const int64_t count = std::min(batch, n - begin);
      const at::Tensor rows =
          at::tensor(std::vector<int64_t>(order.begin() + begin, order.begin() + begin + count), at::kLong);
      const at::Tensor loss = fit.loss(rows);
      adam.zero_grad();
      loss.backward();
      adam.step();
    }
  }
  if (validation_users.empty()) {
    return detached(fit.blender);
  }
  best.offer(fit.blender, samples, validation_users);
  return best.best;
}

}  // namespace haina
