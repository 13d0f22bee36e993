// R: what turns the scores of experts and fusion into one. Every form is a sum of per-user standardised scores with
// weights that may depend on what is known of the user; the last adds a small network. Which form, cross-fit decides:
// fitted on one part of the held-out users, judged on the rest, the best single model among the rivals. Measured
// beforehand: cross-entropy alone ended below the best single expert on MovieLens-1M, a network was worth most of the
// margin on Amazon Beauty and lost on Last.fm: no form is best everywhere.
#pragma once

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/tensors_file.h"
#include "data/split.h"

namespace haina {

// Each row less its mean over its standard deviation; constant rows become zeros (no opinion). float32 [B, items], in
// double inside.
at::Tensor standardise(const at::Tensor& scores);

// What the weights may depend on: log(1 + history length), whether there is none, log(1 + days since the last event).
// float32 [B, kGates]
inline constexpr int64_t kGates = 3;
at::Tensor gates_of(std::span<const UserState> users);

// What the network form sees of scores beside their standardised values, which lose how much a model has to say of a
// user at all: of the fusion network's logits the log of the softmax over all items, of every other model the log of
// the score in units of a usual best score, nothing below a thousandth. One of these a model:
class LogViews {
 public:
  LogViews() = default;
  // units: [models], > 0; 0 marks logits.
  explicit LogViews(std::vector<float> units) : units_(std::move(units)) {}
  // float32 [n, models] of chosen items of one user, from the models' rows of raw scores, each [items].
  at::Tensor of(std::span<const at::Tensor> rows, const at::Tensor& items) const;
  // float32 [models]: the same of each model's best item, how sure it is of this user.
  at::Tensor best(std::span<const at::Tensor> rows) const;
  const std::vector<float>& units() const { return units_; }

 private:
  std::vector<float> units_;
};
// The units from some users' raw scores, one [B, items] a model; logits: which models give those.
LogViews fit_views(std::span<const at::Tensor> scores, const std::vector<bool>& logits);

// Candidates of held-out users and what every model says of them: the union of every model's best items, less those
// seen; or those that the held-out users come with.
class RankerSamples {
 public:
  struct User {
    std::vector<int32_t> items;   // [candidates]
    std::vector<float> features;  // [candidates, models], standardised scores
    std::vector<float> logs;      // [candidates, models], log views
    std::vector<float> best;      // [models], the log views of the best
    std::vector<float> relevant;  // [candidates], the gain of a held-out one, else 0
    double ideal = 0;             // discounted gain of the best list, of held-out items outside the candidates too
    double weight = 0;            // of the user: the mean gain of what he took
    std::vector<float> gates;     // [kGates]
  };
  // gains: float32 [items], from support_gains; undefined: 1 each.
  RankerSamples(int64_t num_models, LogViews views, at::Tensor gains = {})
      : num_models_(num_models), views_(std::move(views)), gains_(std::move(gains)) {}
  // scores: num_models tensors [B, items] as the models give them; row b of each belongs to held.users[first + b].
  void add(std::span<const at::Tensor> scores, const HeldOut& held, int64_t first);
  const std::vector<User>& users() const { return users_; }
  int64_t num_models() const { return num_models_; }
  const LogViews& views() const { return views_; }
  bool drawn() const { return drawn_; }  // whether candidates were drawn, not the models' best

 private:
  bool drawn_ = false;
  int64_t num_models_;
  LogViews views_;
  at::Tensor gains_;
  std::vector<User> users_;
};

// What finding a held-out item is worth, float32 [items], where much of the catalogue has no event to learn from:
// held-out pairs are then mostly of items that training knows well, and what will be asked for is not, so that items
// without an event, with 1 or 2, with 3 to 8 and with more count alike as groups. Undefined where nearly all items have
// events. item_counts: float32 [items], events of the training part.
at::Tensor support_gains(const Csr& truth, const at::Tensor& item_counts);

// One user's candidates as a form reads them.
struct RankerInput {
  at::Tensor features;  // float32 [n, models], standardised scores
  at::Tensor logs;      // float32 [n, models]; read by the network alone, else it may be undefined
  at::Tensor best;      // float32 [models]; likewise
  at::Tensor gates;     // float32 [kGates]
};

// One of the forms below, fitted.
struct RankerForm {
  std::string name;    // "single" | "blend" | "gated" | "network" | "even"
  at::Tensor weights;  // float32 [models]
  at::Tensor
      gate_weights;  // float32 [kGates, models]; gated and network: added to the weights, times the standardised gates
  at::Tensor gate_scale;                   // float32 [2, kGates]: mean and deviation of the gates
  at::Tensor log_scale, best_scale;        // network: float32 [2, models]: mean and deviation of the views
  at::Tensor direct;                       // network: float32 [models], weights of the log views
  at::Tensor hidden, hidden_bias, output;  // network: float32 [h, 2 models + kGates], [h], [h]

  // Additive weights of each user: float32 [B, models].
  at::Tensor user_weights(const at::Tensor& gates) const;
  // weights: the user's additive weights [models] -> [n]
  at::Tensor score(const RankerInput& input, const at::Tensor& weights) const;
};

// NDCG@10 of a form on each of the users of these indices, by the samples' gains and times the user's weight.
std::vector<double> sample_ndcg(const RankerForm& form, const RankerSamples& samples, std::span<const int64_t> users);
// Fits the form of that name on the users of these indices.
RankerForm fit_form(const std::string& name, const RankerSamples& samples, std::span<const int64_t> users,
                    uint64_t seed);

struct Ranker {
  std::vector<std::string> models;  // columns of the weights
  RankerForm form;
  LogViews views;
  bool all_judged = false;  // whether the network form judges every item; else the best of every model
  nlohmann::json cross_fit = nlohmann::json::object();  // NDCG@10 of each form on users that it was not fitted on

  // Which models' scores it reads; all before it is fitted.
  std::vector<bool> reads() const;
  // scores: one [B, items] a model, as they come, undefined where it is not read; users: their rows. float32 [B, items]
  at::Tensor score(std::span<const at::Tensor> scores, std::span<const UserState> users) const;
  at::Tensor user_weights(std::span<const UserState> users) const;  // float32 [B, models]: the additive, readable part
  nlohmann::json to_json() const;
  TensorMap state() const;
  static Result<Ranker> restore(const nlohmann::json& json, const TensorMap& state, const std::string& where);
};

// One column of the samples.
struct RankedModel {
  std::string name;
  std::string voice;    // what it goes by: models of one voice are copies of each other; empty: counts alone
  int64_t sources = 1;  // how many the voice speaks of
};

// How what was held out for validation is like what will be asked for.
enum class Likeness {
  kSame,  // by the same rule
  kNear,  // by a rule that is near it: a published test's own is not known to the last
  kOther  // unlike it: items that come later than any that were held out
};

// Which form, by cross-fit. Of what is only near, no network is learned: what is finer than weights, of models or of
// how they change with the user, follows the difference. Where nothing can be learned of how models should be weighed
// (kOther, or no held-out user has a history), a voice weighs as many as the sources that it speaks of, shared by its
// models; counts keep silent.
Ranker fit_ranker(const std::vector<RankedModel>& models, const RankerSamples& samples, uint64_t seed,
                  Likeness likeness = Likeness::kSame);

}  // namespace haina
