// R: what turns the scores of experts and fusion into one. A non-negative blend of per-user standardised scores, additive and therefore readable;
// two fits (greedy ascent on NDCG@10; softmax cross-entropy over candidates) and the best single model compete by cross-fit, the safest is kept.
// Measured beforehand: cross-entropy alone ended below the best single expert on MovieLens-1M; the greedy ascent cannot, on what it was fitted on.
#pragma once

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/split.h"

namespace haina {

// Each row less its mean over its standard deviation; constant rows become zeros (no opinion). float32 [B, items], in double inside.
at::Tensor standardise(const at::Tensor& scores);

// Candidates of held-out users and what every model says of them: the union of every model's best items, less those seen.
class RankerSamples {
 public:
  explicit RankerSamples(int64_t num_models) : num_models_(num_models) {}
  // standardised: num_models tensors [B, items]; row b of each belongs to held.users[first + b].
  void add(std::span<const at::Tensor> standardised, const HeldOut& held, int64_t first);
  int64_t num_users() const { return static_cast<int64_t>(users_.size()); }
  // NDCG@10 of a blend, mean over the users of that fold (0, 1; -1: all).
  double ndcg(std::span<const double> weights, int fold) const;
  // Weights by softmax cross-entropy of the held-out candidates against the others of the same user; fold: fitted on that one, -1: all.
  std::vector<double> fit_cross_entropy(int fold) const;
  // Weights by greedy ascent on NDCG@10 from the best single model.
  std::vector<double> fit_greedy(int fold) const;
  std::vector<double> best_single(int fold) const;

 private:
  struct User {
    std::vector<float> features;   // [candidates, models]
    std::vector<uint8_t> relevant; // [candidates]
    int64_t num_relevant = 0;      // held out in all, also outside the candidates
  };
  bool in_fold(size_t user, int fold) const { return fold < 0 || static_cast<int>(user % 2) == fold; }
  int64_t num_models_;
  std::vector<User> users_;
};

struct Ranker {
  std::vector<std::string> models;  // in the order of weights
  std::vector<double> weights;      // >= 0
  std::string fit;                  // "greedy" | "cross_entropy" | "single"
  nlohmann::json cross_fit;         // NDCG@10 of each fit on the half it was not fitted on

  // sum_m weight_m z_m; scores: one [B, items] a model, as they come. float32 [B, items]
  at::Tensor score(std::span<const at::Tensor> scores) const;
  nlohmann::json to_json() const;
  static Result<Ranker> from_json(const nlohmann::json& json, const std::string& where);
};

Ranker fit_ranker(const std::vector<std::string>& models, const RankerSamples& samples);

}  // namespace haina
