// The ranker: one score per item from the scores of all experts and the fusion network. Which kind of blender it uses
// is decided by cross-fitting: fitted on one part of the validation users, measured on the rest. No kind is best
// everywhere: the network gave most of the gain on Amazon Beauty and lost on Last.fm, and cross-entropy alone ended
// below the best single model on MovieLens-1M.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/tensors_file.h"
#include "data/user_state.h"
#include "ranking/blender.h"
#include "ranking/item_support.h"
#include "ranking/log_views.h"
#include "ranking/ranker_samples.h"
#include "ranking/standardise.h"

namespace haina {

// The blender whose weights are not learned; see fit_ranker.
inline constexpr const char* kSourceBalanced = "source_balanced";

struct Ranker {
  std::vector<std::string> models;  // columns of the weights
  Blender blender;
  LogViews views;
  ItemSupport support;
  // Whether the "network" blender scores every item; else only the best of every model, as it was trained.
  bool network_scores_all = false;
  nlohmann::json cross_fit = nlohmann::json::object();  // kind of blender -> NDCG@10 on users it was not fitted on

  // The model with the largest weight; with the blender "single", the best model by validation.
  const std::string& heaviest() const;
  // Which models' scores are read; all before it is fitted.
  std::vector<bool> reads() const;
  // scores: float32 [B, items] per model, as the models return them; undefined for a model that is not read. users: of
  // the rows. float32 [B, items]. trained: the first so many items are those of training, the others were added since;
  // 0: all are. What an item gets does not depend on which other items were added.
  at::Tensor score(std::span<const at::Tensor> scores, std::span<const UserState> users, int64_t trained = 0) const;
  // The additive part, which explanations show: float32 [users.size(), models].
  at::Tensor user_weights(std::span<const UserState> users) const;
  nlohmann::json to_json() const;
  TensorMap state() const;
  // kBadData at `where` if the tensors do not fit.
  static Result<Ranker> restore(const nlohmann::json& json, const TensorMap& state, const std::string& where);
};

// One column of the samples.
struct RankedModel {
  std::string name;
  // The evidence that the model uses: one source, events, content, or everything. Models of one group say much the
  // same. Empty: the model only counts and ignores the user.
  std::string evidence_group;
  int64_t sources = 1;  // how many sources the group covers
};

// How closely validation resembles the test.
enum class ValidationFidelity {
  kSame,  // drawn by the same rule
  kNear,  // drawn by a rule that approximates the one of a published test
  kOther  // drawn differently: the test asks for items that come later than anything held out
};

// Chooses the kind of blender and fits it on all samples. If validation only approximates the test (kNear), no network
// is fitted, because it would learn the difference between the two. If weights cannot be learned (kOther, or no
// validation user has a history), each evidence group is weighted by its number of sources, shared equally by the
// group's models, and count-only models get weight 0 ("source_balanced").
Ranker fit_ranker(const std::vector<RankedModel>& models, const RankerSamples& samples, uint64_t seed,
                  ValidationFidelity fidelity = ValidationFidelity::kSame);
// How many events of an item are enough (ItemSupport::full), by cross-fitting on the samples, which are as they were
// collected: the number with the best mean; 0 where weights are not learned, and where hardly any held-out item has few
// events or most have. support: all but `full`.
int64_t choose_full_support(const ItemSupport& support, const RankerSamples& samples, uint64_t seed,
                            ValidationFidelity fidelity = ValidationFidelity::kSame);
// Rankers with simpler blenders, which may take the place of `ranker`: "blend", unless it has one of these two, then
// "single", the best model alone, with its scores as they are. None where no weights were learned. samples: as they
// were collected.
std::vector<Ranker> simpler_rankers(const Ranker& ranker, const RankerSamples& samples, uint64_t seed);

}  // namespace haina
