// The forms of R and how each is fitted.
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/seed.h"
#include "ranking/ranker.h"

namespace haina {
namespace {

constexpr int64_t kCut = 10;
constexpr int64_t kNegatives = 128;  // candidates a user beside the held-out ones, drawn anew for every fit
constexpr int64_t kHidden = 32;
constexpr int64_t kSteps = 400;         // at least
constexpr int64_t kEpochs = 8;          // at least
constexpr double kLeastWeight = 0.015;  // of all weights of a blend
constexpr int64_t kJudgements = 20;     // at most, of how good a network is by now
constexpr size_t kJudgesShare = 5;      // one of so many users judges it
constexpr double kRate = 0.02;
constexpr double kGateRidge = 1e-2;  // keeps what depends on the user small where few users say so

using User = RankerSamples::User;

double ndcg_of(const User& user, std::span<const float> scores) {
  std::vector<std::pair<float, size_t>> order;
  order.reserve(scores.size());
  for (size_t c = 0; c < scores.size(); ++c) {
    order.emplace_back(-scores[c], c);  // ties: the smaller item first
  }
  const size_t cut = std::min<size_t>(kCut, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<int64_t>(cut), order.end());
  double gain = 0;
  for (size_t r = 0; r < cut; ++r) {
    gain += static_cast<double>(user.relevant[order[r].second]) / std::log2(static_cast<double>(r) + 2);
  }
  return user.ideal > 0 ? gain / user.ideal * user.weight : 0;
}

// One user's candidates as an ascent walks them.
struct Climbed {
  const User* user;
  std::vector<float> columns;  // [models, candidates], standardised scores
  std::vector<float> scores;   // [candidates], under the weights so far
  std::vector<size_t> wanted;  // held-out candidates
};

// NDCG@10 of the scores plus `step` times a model's column. `moved` is room for the sums.
double ndcg_of_step(const Climbed& climbed, size_t model, float step, std::vector<float>& moved) {
  const size_t n = climbed.scores.size();
  const float* const column = climbed.columns.data() + model * n;
  moved.resize(n);
  for (size_t c = 0; c < n; ++c) {
    moved[c] = climbed.scores[c] + step * column[c];
  }
  constexpr size_t kFew = 8;  // up to here counting who stands before each is less than sorting
  if (climbed.wanted.size() > kFew) {
    return ndcg_of(*climbed.user, moved);
  }
  double gain = 0;
  for (const size_t at : climbed.wanted) {
    const float own = moved[at];
    int32_t before = 0;
    for (size_t c = 0; c < at; ++c) {
      before += static_cast<int32_t>(moved[c] >= own);  // ties: the smaller item first
    }
    for (size_t c = at + 1; c < n; ++c) {
      before += static_cast<int32_t>(moved[c] > own);
    }
    gain += before < kCut ? static_cast<double>(climbed.user->relevant[at]) / std::log2(static_cast<double>(before) + 2)
                          : 0;
  }
  return climbed.user->ideal > 0 ? gain / climbed.user->ideal * climbed.user->weight : 0;
}

double mean_of_step(std::span<const Climbed> climbed, size_t model, float step) {
  std::vector<double> gains(climbed.size(), 0);
  at::parallel_for(0, std::ssize(climbed), 64, [&](int64_t begin, int64_t end) {
    std::vector<float> moved;
    for (int64_t i = begin; i < end; ++i) {
      gains[static_cast<size_t>(i)] = ndcg_of_step(climbed[static_cast<size_t>(i)], model, step, moved);
    }
  });
  return std::accumulate(gains.begin(), gains.end(), 0.0) / static_cast<double>(std::max<size_t>(1, climbed.size()));
}

std::vector<Climbed> climbed_from(const RankerSamples& samples, std::span<const int64_t> users,
                                  std::span<const double> weights) {
  std::vector<Climbed> all;
  for (const int64_t u : users) {
    const User& user = samples.users()[static_cast<size_t>(u)];
    const size_t n = user.relevant.size();
    Climbed one = {.user = &user,
                   .columns = std::vector<float>(weights.size() * n),
                   .scores = std::vector<float>(n, 0),
                   .wanted = {}};
    for (size_t c = 0; c < n; ++c) {
      for (size_t m = 0; m < weights.size(); ++m) {
        const float value = user.features[c * weights.size() + m];
        one.columns[m * n + c] = value;
        one.scores[c] += static_cast<float>(weights[m]) * value;
      }
      if (user.relevant[c] != 0) {
        one.wanted.push_back(c);
      }
    }
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<double> fit_single(const RankerSamples& samples, std::span<const int64_t> users) {
  const size_t models = static_cast<size_t>(samples.num_models());
  const std::vector<double> none(models, 0);
  const std::vector<Climbed> climbed = climbed_from(samples, users, none);
  std::vector<double> best = none;
  double best_value = -1;
  for (size_t m = 0; m < models; ++m) {
    if (const double value = mean_of_step(climbed, m, 1); value > best_value) {
      best_value = value;
      best = none;
      best[m] = 1;
    }
  }
  return best;
}

// Coordinate steps up NDCG@10 from `start`, weights >= 0 with sum 1. A list does not change where all weights are
// multiplied by one number, so that a step costs one column.
std::vector<double> fit_greedy(const RankerSamples& samples, std::span<const int64_t> users,
                               std::vector<double> start) {
  std::vector<double> weights = std::move(start);
  std::vector<Climbed> climbed = climbed_from(samples, users, weights);
  double value = mean_of_step(climbed, 0, 0);
  for (double step = 0.4; step > 0.04; step /= 2) {
    for (bool improved = true; improved;) {
      improved = false;
      for (size_t m = 0; m < weights.size(); ++m) {
        for (const double change : {step, -step}) {
          const double moved = std::max(0.0, weights[m] + change);
          const double total = std::accumulate(weights.begin(), weights.end(), 0.0) + moved - weights[m];
          if (total <= 0 || moved == weights[m]) {
            continue;
          }
          const auto by = static_cast<float>(moved - weights[m]);
          const double now = mean_of_step(climbed, m, by);
          if (now <= value + 1e-5) {
            continue;
          }
          value = now;
          improved = true;
          weights[m] = moved;
          for (double& w : weights) {
            w /= total;
          }
          for (Climbed& one : climbed) {
            const float* const column = one.columns.data() + m * one.scores.size();
            for (size_t c = 0; c < one.scores.size(); ++c) {
              one.scores[c] = (one.scores[c] + by * column[c]) / static_cast<float>(total);
            }
          }
        }
      }
    }
  }
  return weights;
}

// The mean of greedy ascents on resampled users (Breiman's bagging): an ascent on a hundred users follows their noise,
// the mean of several does not.
std::vector<double> fit_bagged(const RankerSamples& samples, std::span<const int64_t> users,
                               const std::vector<double>& start, uint64_t seed) {
  constexpr int kBags = 8;
  constexpr int64_t kMostUsers = 500;
  RandomStream random(seed, "ranking/bags");
  std::vector<double> mean(start.size(), 0);
  for (int bag = 0; bag < kBags; ++bag) {
    std::vector<int64_t> drawn;
    for (int64_t i = 0; i < std::min(kMostUsers, std::ssize(users)); ++i) {
      drawn.push_back(users[static_cast<size_t>(random.below(std::ssize(users)))]);
    }
    const std::vector<double> weights = fit_greedy(samples, drawn, start);
    for (size_t m = 0; m < mean.size(); ++m) {
      mean[m] += weights[m] / kBags;
    }
  }
  return mean;
}

at::Tensor tensor_of(std::span<const double> weights) {
  return at::tensor(std::vector<float>(weights.begin(), weights.end()), at::kFloat);
}

// Padded tensors of some users: every held-out candidate, and up to kNegatives of the others.
struct Padded {
  at::Tensor features;  // [U, C, models]
  at::Tensor logs;      // [U, C, models]
  at::Tensor best;      // [U, models]
  at::Tensor target;    // [U, C]: 1 / number of held-out candidates at each of them
  at::Tensor padding;   // [U, C]: -1e9 where there is no candidate
  at::Tensor gates;     // [U, kGates]
};

Padded pad(const RankerSamples& samples, std::span<const int64_t> users, uint64_t seed) {
  RandomStream random(seed, "ranking/negatives");
  std::vector<std::vector<int64_t>> chosen;
  std::vector<const User*> kept;
  int64_t width = 1;
  for (const int64_t u : users) {
    const User& user = samples.users()[static_cast<size_t>(u)];
    std::vector<int64_t> hits, others;
    for (int64_t c = 0; c < std::ssize(user.relevant); ++c) {
      (user.relevant[static_cast<size_t>(c)] != 0 ? hits : others).push_back(c);
    }
    if (hits.empty()) {
      continue;
    }
    for (int64_t i = 0; i < std::min<int64_t>(kNegatives, std::ssize(others)); ++i) {
      std::swap(others[static_cast<size_t>(i)], others[static_cast<size_t>(i + random.below(std::ssize(others) - i))]);
      hits.push_back(others[static_cast<size_t>(i)]);
    }
    width = std::max<int64_t>(width, std::ssize(hits));
    chosen.push_back(std::move(hits));
    kept.push_back(&user);
  }
  const int64_t n = std::ssize(kept);
  const int64_t models = samples.num_models();
  Padded padded = {.features = at::zeros({n, width, models}),
                   .logs = at::zeros({n, width, models}),
                   .best = at::zeros({n, models}),
                   .target = at::zeros({n, width}),
                   .padding = at::full({n, width}, -1e9),
                   .gates = at::zeros({n, kGates})};
  for (int64_t i = 0; i < n; ++i) {
    const User& user = *kept[static_cast<size_t>(i)];
    const auto& list = chosen[static_cast<size_t>(i)];
    float hits = 0;
    for (const int64_t c : list) {
      hits += user.relevant[static_cast<size_t>(c)];
    }
    for (int64_t k = 0; k < std::ssize(list); ++k) {
      const size_t c = static_cast<size_t>(list[static_cast<size_t>(k)]);
      std::copy_n(user.features.begin() + static_cast<int64_t>(c) * models, models,
                  padded.features.data_ptr<float>() + (i * width + k) * models);
      std::copy_n(user.logs.begin() + static_cast<int64_t>(c) * models, models,
                  padded.logs.data_ptr<float>() + (i * width + k) * models);
      padded.target.data_ptr<float>()[i * width + k] = user.relevant[c] / hits * static_cast<float>(user.weight);
      padded.padding.data_ptr<float>()[i * width + k] = 0;
    }
    std::ranges::copy(user.gates, padded.gates.data_ptr<float>() + i * kGates);
    std::ranges::copy(user.best, padded.best.data_ptr<float>() + i * models);
  }
  return padded;
}

// Mean and deviation of the rows, float32 [2, columns].
at::Tensor scale_of(const at::Tensor& rows) {
  return rows.size(0) > 1 ? at::stack({rows.mean(0), rows.std(0).clamp_min(1e-3)})
                          : at::stack({at::zeros({rows.size(1)}), at::ones({rows.size(1)})});
}

at::Tensor scaled(const at::Tensor& values, const at::Tensor& scale) { return (values - scale[0]) / scale[1]; }

// What the network adds: logs [..., n, models] and about [..., models + kGates] of the user, both scaled.
at::Tensor network_part(const RankerForm& form, const at::Tensor& logs, const at::Tensor& about) {
  const int64_t models = logs.size(-1);
  // The user's part is the same for all his candidates: multiplied once.
  const at::Tensor own = at::linear(about, form.hidden.narrow(1, models, about.size(-1)), form.hidden_bias);
  const at::Tensor hidden = at::gelu(at::linear(logs, form.hidden.narrow(1, 0, models)) + own.unsqueeze(-2));
  return at::matmul(hidden, form.output) + at::matmul(logs, form.direct);
}

// What a fit keeps of itself.
RankerForm detached(const RankerForm& form) {
  RankerForm copy = form;
  for (at::Tensor* const tensor :
       {&copy.weights, &copy.gate_weights, &copy.direct, &copy.hidden, &copy.hidden_bias, &copy.output}) {
    *tensor = tensor->defined() ? tensor->detach().clone() : *tensor;
  }
  return copy;
}

// Softmax cross-entropy of the held-out candidates against the others of the same user, by Adam, from weights that are
// best in some simpler way: what few steps do not change stays so. Where users are given to judge, the epoch that they
// like best.
RankerForm fit_by_gradient(const std::string& name, const RankerSamples& samples, std::span<const int64_t> users,
                           uint64_t seed, at::Tensor start, std::span<const int64_t> judges = {}) {
  const int64_t models = samples.num_models();
  RankerForm form;
  form.name = name;
  const Padded data = pad(samples, users, seed);
  const int64_t n = data.features.size(0);
  form.weights = std::move(start);
  std::vector<at::Tensor> parameters = {form.weights};
  at::Tensor gates;
  if (name != "linear") {
    form.gate_scale = scale_of(data.gates);
    form.gate_weights = at::zeros({kGates, models});
    parameters.push_back(form.gate_weights);
    gates = scaled(data.gates, form.gate_scale);
  }
  at::Tensor logs, about;
  if (name == "network") {
    at::Generator generator = make_generator(seed, "ranking/network");
    const int64_t width = 2 * models + kGates;
    form.hidden = at::normal(0, 1 / std::sqrt(static_cast<double>(width)), {kHidden, width}, generator, at::kFloat);
    form.hidden_bias = at::zeros({kHidden});
    form.output = at::zeros({kHidden});
    form.direct = at::zeros({models});
    parameters.insert(parameters.end(), {form.hidden, form.hidden_bias, form.output, form.direct});
    const at::Tensor there = data.padding.eq(0).flatten().nonzero().squeeze(1);
    form.log_scale = scale_of(data.logs.flatten(0, 1).index_select(0, there));
    form.best_scale = scale_of(data.best);
    logs = scaled(data.logs, form.log_scale);
    about = at::cat({scaled(data.best, form.best_scale), gates}, 1);
  }
  if (n == 0) {
    return form;
  }
  for (at::Tensor& parameter : parameters) {
    parameter.set_requires_grad(true);
  }
  torch::optim::Adam adam(parameters, torch::optim::AdamOptions(kRate));
  RandomStream random(seed, "ranking/batches");
  const int64_t batch = std::min<int64_t>(128, n);
  const int64_t batches = (n + batch - 1) / batch;
  const int64_t epochs = std::max(kEpochs, (kSteps + batches - 1) / batches);
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  RankerForm best;
  double best_value = -1;
  const auto judge = [&] {
    const std::vector<double> values = sample_ndcg(form, samples, judges);
    if (const double value = std::accumulate(values.begin(), values.end(), 0.0); value > best_value) {
      best_value = value;
      best = detached(form);
    }
  };
  const int64_t between = std::max<int64_t>(1, epochs / kJudgements);
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    if (!judges.empty() && epoch % between == 0) {
      judge();
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
      const at::Tensor features = data.features.index_select(0, rows);
      at::Tensor weights = form.weights.unsqueeze(0).expand({count, models});
      at::Tensor penalty = at::zeros({});
      at::Tensor some_gates;
      if (form.gate_weights.defined()) {
        some_gates = gates.index_select(0, rows);
        weights = weights + at::matmul(some_gates, form.gate_weights);
        penalty = kGateRidge * form.gate_weights.square().sum();
      }
      at::Tensor scores = at::bmm(features, weights.unsqueeze(2)).squeeze(2) + data.padding.index_select(0, rows);
      if (form.hidden.defined()) {
        scores = scores + network_part(form, logs.index_select(0, rows), about.index_select(0, rows));
      }
      const at::Tensor loss =
          -(at::log_softmax(scores, 1) * data.target.index_select(0, rows)).sum() / static_cast<double>(count) +
          penalty;
      adam.zero_grad();
      loss.backward();
      adam.step();
    }
  }
  if (judges.empty()) {
    return detached(form);
  }
  judge();
  return best;
}

// The mean of the two fits, each of sum 1.
RankerForm fit_blend(const RankerSamples& samples, std::span<const int64_t> users, const std::vector<double>& single,
                     uint64_t seed, const at::Tensor& linear) {
  // Ascents follow the measure itself but are coarse, gradients are fine but follow a stand-in of it: their errors
  // differ, so that the mean beats both.
  RankerForm form;
  form.name = "blend";
  const at::Tensor bagged = tensor_of(fit_bagged(samples, users, single, seed));
  form.weights = (bagged / bagged.abs().sum().clamp_min(1e-6) + linear / linear.abs().sum().clamp_min(1e-6)) / 2;
  return form;
}

// From the blend, in the unit of the linear fit, up to the epoch that a fifth of the users, held out, likes best: so
// that few users, of whom a network can learn no more than noise, leave the blend as it is.
RankerForm fit_network(const RankerSamples& samples, std::span<const int64_t> users, const std::vector<double>& single,
                       uint64_t seed) {
  std::vector<int64_t> inside, judges;
  for (size_t i = 0; i < users.size(); ++i) {
    (i % kJudgesShare == kJudgesShare - 1 ? judges : inside).push_back(users[i]);
  }
  const at::Tensor linear = fit_by_gradient("linear", samples, inside, seed, tensor_of(single)).weights;
  const at::Tensor blend = fit_blend(samples, inside, single, seed, linear).weights;
  return fit_by_gradient("network", samples, inside, seed, blend * linear.abs().sum(), judges);
}

}  // namespace

at::Tensor RankerForm::user_weights(const at::Tensor& gates) const {
  return gate_weights.defined() ? weights + at::matmul((gates - gate_scale[0]) / gate_scale[1], gate_weights)
                                : weights.unsqueeze(0).expand({gates.size(0), weights.size(0)}).contiguous();
}

at::Tensor RankerForm::score(const RankerInput& input, const at::Tensor& user_weights) const {
  at::Tensor scores = at::mv(input.features, user_weights);
  if (hidden.defined()) {
    const at::Tensor about = at::cat({scaled(input.best, best_scale), scaled(input.gates, gate_scale)}, 0);
    scores = scores + network_part(*this, scaled(input.logs, log_scale), about);
  }
  return scores;
}

std::vector<double> sample_ndcg(const RankerForm& form, const RankerSamples& samples, std::span<const int64_t> users) {
  const at::NoGradGuard no_grad;
  std::vector<double> values;
  for (const int64_t u : users) {
    const User& user = samples.users()[static_cast<size_t>(u)];
    const int64_t n = std::ssize(user.relevant);
    if (n == 0) {
      values.push_back(0);
      continue;
    }
    const auto tensor = [](const std::vector<float>& values, at::IntArrayRef shape) {
      return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat);
    };
    const RankerInput input = {.features = tensor(user.features, {n, samples.num_models()}),
                               .logs = tensor(user.logs, {n, samples.num_models()}),
                               .best = tensor(user.best, {samples.num_models()}),
                               .gates = tensor(user.gates, {kGates})};
    const at::Tensor scores = form.score(input, form.user_weights(input.gates.unsqueeze(0))[0]).contiguous();
    values.push_back(ndcg_of(user, {scores.const_data_ptr<float>(), static_cast<size_t>(n)}));
  }
  return values;
}

RankerForm fit_form(const std::string& name, const RankerSamples& samples, std::span<const int64_t> users,
                    uint64_t seed) {
  RankerForm form;
  form.name = name;
  if (users.empty()) {
    form.weights = at::ones({samples.num_models()});
    return form;
  }
  const std::vector<double> single = fit_single(samples, users);
  if (name == "single") {
    form.weights = tensor_of(single);
    return form;
  }
  if (name == "blend") {
    const at::Tensor linear = fit_by_gradient("linear", samples, users, seed, tensor_of(single)).weights;
    form = fit_blend(samples, users, single, seed, linear);
    // What hardly counts is left out, so that a list need not be scored by it.
    form.weights.masked_fill_(form.weights.abs().lt(kLeastWeight * form.weights.abs().sum()), 0);
    return form;
  }
  if (name == "network") {
    return fit_network(samples, users, single, seed);
  }
  return fit_by_gradient(name, samples, users, seed, tensor_of(single));
}

}  // namespace haina
