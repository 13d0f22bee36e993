// E: a strong, cheap model without a neural network. Each scores a UserState against every item: a model alone, a
// candidate channel, a feature of R.
#pragma once

#include <ATen/ATen.h>

#include <memory>
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
  std::span<const Field> fields;         // side sources of both sides, already free of held-out pairs
  const Interactions* others = nullptr;  // events of the same part that are no goals; nullptr: none
  bool ordered = true;                   // whether the rows of `train` are in order of time, or only of the input
  uint64_t seed = 7;
  const StopFlag* stop = nullptr;  // polled at least every 50 ms where given
  at::Device device = at::kCPU;    // for what gains from a GPU; what is learned is on the CPU
};

class Expert {
 public:
  Expert() = default;
  Expert(const Expert&) = delete;
  Expert& operator=(const Expert&) = delete;
  virtual ~Expert() = default;
  // Learns from the training part alone. kBadData where there is nothing to learn from.
  virtual Status fit(const Interactions& train, const FitContext& context) = 0;
  // [users.size(), items] float32, higher is better, finite. Inductive: reads the state, never a stored answer for
  // state.user; an empty history gives a sensible order (zeros: no opinion). Any number of threads may call it after
  // fit or restore.
  virtual at::Tensor score(std::span<const UserState> users) const = 0;
  // The k best items of each that are no part of the history, as top_k of `score` gives them; short lists where there
  // are fewer. For an expert that can find them without scoring all.
  virtual RankedLists best(std::span<const UserState> users, int64_t k) const;
  // All that fit learned, for a safetensors file, and back. restore checks every shape it relies on.
  virtual TensorMap state() const = 0;
  virtual Status restore(const TensorMap& state, const std::string& where) = 0;
};

// How training looks for a better value of one parameter: multiplied by `factor` as long as validation rises, and where
// it does not rise at once, divided.
struct Ladder {
  std::string param;
  double factor = 2;
  double from = 0;  // first value tried where the parameter is 0 (off); 0: it stays off
  double max = 0;   // of the walk; 0: the parameter's own
  double cost = 1;  // a step up makes a fit about so many times as long
  // Walked in every training up to always_max, as long as value x events stays below always_below; beyond, only with a
  // time budget. A bound by work and not by seconds, so that the same data give the same model on every machine.
  double always_max = 0;
  double always_below = 0;
};

struct ExpertEntry {
  std::string name;
  std::string summary;
  std::vector<ParamSpec> params;
  bool uses_fields = false;  // whether FitContext.fields changes it
  // Parameters by which fields enter, where it has such: all 0, it goes by events alone.
  std::vector<std::string> field_weights = {};
  std::function<std::unique_ptr<Expert>(const Params&)> make;
  // Other settings worth trying, each over the defaults; training keeps the one that validation likes best, unless the
  // user has set any.
  std::vector<nlohmann::json> variants = {};
  // One instance for each item source that has features, fitted on that source's fields alone and named NAME.SOURCE,
  // beside the joint one: what each source says is then weighed on its own.
  bool per_source = false;
  // Walked one after the other from the best of the variants, in this order.
  std::vector<Ladder> ladders = {};
  // Laid over a setting it makes a cheaper fit that ranks settings about alike: with a time budget, what to try is
  // first sifted by it. Empty: there is none.
  nlohmann::json draft = nlohmann::json::object();
  // Parameters that `fit` multiplies by the number of events. Chosen on a part of the events and refitted on all, they
  // are scaled so that the product stays as chosen.
  std::vector<std::string> per_event = {};
};

// All entries, in the order of experts.def.
std::span<const ExpertEntry> expert_entries();
// The entry of an expert's name; what follows the first dot is a source, where the entry has one instance for each.
// kInvalidArgument with "did you mean" for an unknown name.
Result<const ExpertEntry*> find_expert(const std::string& name, const std::string& where);

}  // namespace haina
