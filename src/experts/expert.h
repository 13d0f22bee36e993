// An expert is a strong, cheap recommender without a neural network. It scores a UserState against every item. Its
// scores serve as a model of its own, as a candidate channel and as an input of the ranker.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/params.h"
#include "base/stop.h"
#include "base/tensors_file.h"
#include "data/field.h"
#include "data/interactions.h"
#include "data/user_state.h"
#include "kernels/topk.h"

namespace haina {

struct FitContext {
  std::span<const Field> fields;               // side sources of items and users, without held-out pairs
  const Interactions* other_events = nullptr;  // events of the same part that are not the goal; nullptr: none
  bool ordered = true;                         // whether the rows of `train` are in time order, not only in input order
  uint64_t seed = 7;
  const StopFlag* stop = nullptr;  // where given, polled at least every 50 ms
  at::Device device = at::kCPU;    // for steps that gain from a GPU; what fit() learns stays on the CPU
};

class Expert {
 public:
  Expert() = default;
  Expert(const Expert&) = delete;
  Expert& operator=(const Expert&) = delete;
  virtual ~Expert() = default;
  // Learns from the training part alone. Fails with kBadData if there is nothing to learn from, with kUnsupported if
  // the data are too large or lack what the method needs, and with kInterrupted after a requested stop.
  virtual Status fit(const Interactions& train, const FitContext& context) = 0;
  // float32 [users.size(), items], contiguous, finite, higher is better. Scores depend on the given state, never on a
  // stored answer for state.user. Zeros for an empty state mean "no opinion". Any number of threads may call it after
  // fit or restore.
  virtual at::Tensor score(std::span<const UserState> users) const = 0;
  // The k best items of each user outside the history: the same items and scores as top_k_unseen of `score`. Lists are
  // short where there are fewer items. An expert overrides it if it can find them without scoring every item.
  virtual RankedLists top_k(std::span<const UserState> users, int64_t k) const;
  // state() returns all that fit learned, for a safetensors file; restore() reads it back and checks every shape.
  virtual TensorMap state() const = 0;
  virtual Status restore(const TensorMap& state, const std::string& where) = 0;
};

// kBadData if `train` has no event.
Status require_events(const Interactions& train);
bool stop_requested(const FitContext& context);
// kInterrupted, the result of a fit after a requested stop.
tl::unexpected<Error> interrupted();

// How training searches for a better value of one parameter: it is multiplied by `factor` as long as the validation
// metric rises; if the first step does not raise it, it is divided instead.
struct ParameterPath {
  std::string param;
  double factor = 2;
  double from = 0;  // first value tried if the parameter is 0 (off); 0: it stays off
  double max = 0;   // largest value of the search; 0: the parameter's own maximum
  double cost = 1;  // a step up multiplies the time of a fit by about this
  // Searched in every training up to always_max, as long as value x events stays below always_below; beyond that, only
  // with a time budget. The bound is work and not seconds, so that the same data give the same model on every machine.
  double always_max = 0;
  double always_below = 0;
};

// What an expert's scores are based on. Blend weights that cannot be learned are set per group of equal evidence, and
// explanations name the group.
enum class Evidence {
  kEvents,  // the events of users; also side sources where `uses_fields` is set and a weight of `field_weights` is not
            // 0
  kCounts,  // how often items occur in all events: the same scores for every user
  kOwn      // one kind of side source, such as content or friends: a group of its own, named after the instance
};

// The events of an item that a model's scores of it rest on. Without any, a score says nothing of the item.
enum class ItemEvents { kNone, kGoals, kAll };

struct ExpertEntry {
  std::string name;
  std::string summary;
  Evidence evidence = Evidence::kEvents;
  ItemEvents item_events = ItemEvents::kGoals;
  std::string channel = {};    // the candidate channel that consists of its scores, such as "popular"; empty: none
  bool needs_history = false;  // a user without events gets zeros, whatever else is known of the user
  // score() reads UserState::user, for one purpose: the training row of that user is not used as evidence for itself.
  bool excludes_own_row = false;
  std::vector<ParamSpec> params;
  bool uses_fields = false;  // whether FitContext::fields changes what is learned
  // Parameters that weigh the fields. If all are 0, the expert uses events alone. Empty: fields always count.
  std::vector<std::string> field_weights = {};
  std::function<std::unique_ptr<Expert>(const Params&)> make;
  // Alternative settings, each applied over the defaults. Training keeps the one with the best validation metric,
  // unless the user has set parameters.
  std::vector<nlohmann::json> variants = {};
  // Besides the instance on all fields, one instance for each field of items, named NAME.FIELD and fitted on that field
  // alone, so that each source gets a weight of its own.
  bool per_source = false;
  // Searched one after the other, in this order, from the best variant.
  std::vector<ParameterPath> parameter_paths = {};
  // Applied over a setting, it gives a cheaper fit that ranks settings about alike. With a time budget, candidate
  // settings are compared by such low-fidelity trials first. Empty: there is none.
  nlohmann::json low_fidelity = nlohmann::json::object();
  // Parameters that `fit` multiplies by the number of events. When a setting chosen on a part of the events is refitted
  // on all, they are scaled so that the product stays the same.
  std::vector<std::string> per_event = {};
};

// Whether the scores depend on side sources under these parameters ({"side_weight": 1}; a missing weight counts as 0).
bool uses_side_sources(const ExpertEntry& entry, const nlohmann::json& params);
// The evidence group of an instance: "" for counts; the instance's name for a single source or evidence of its own;
// "events" where no side source counts; else "everything".
std::string evidence_group(const ExpertEntry& entry, const std::string& instance, const nlohmann::json& params);
// The events of items that an instance rests on under these parameters: none where side sources count.
ItemEvents item_events_of(const ExpertEntry& entry, const nlohmann::json& params);
// The source that an instance on one field stands for, "movies.genres" of "content.movies.genres"; empty for others.
std::string source_of_instance(const std::string& instance);

// All entries, in the order of experts.def.
std::span<const ExpertEntry> expert_entries();
// The entry of an expert or of an instance on one source ("content.movies.genres"). kInvalidArgument with "did you
// mean" for an unknown name.
Result<const ExpertEntry*> find_expert(const std::string& name, const std::string& where);

}  // namespace haina
