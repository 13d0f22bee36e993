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

namespace haina {

struct FitContext {
  std::span<const Field> fields;  // side sources of both sides, already free of held-out pairs
  uint64_t seed = 7;
  const StopFlag* stop = nullptr;  // polled at least every 50 ms where given
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
  // All that fit learned, for a safetensors file, and back. restore checks every shape it relies on.
  virtual TensorMap state() const = 0;
  virtual Status restore(const TensorMap& state, const std::string& where) = 0;
};

struct ExpertEntry {
  std::string name;
  std::string summary;
  std::vector<ParamSpec> params;
  bool uses_fields = false;  // whether FitContext.fields changes it: the ablation then fits it again
  std::function<std::unique_ptr<Expert>(const Params&)> make;
  // Other settings worth trying, each over the defaults; training keeps the one that validation likes best, unless the
  // user has set any.
  std::vector<nlohmann::json> variants = {};
};

// All entries, in the order of experts.def.
std::span<const ExpertEntry> expert_entries();
// kInvalidArgument with "did you mean" for an unknown name.
Result<const ExpertEntry*> find_expert(const std::string& name, const std::string& where);

}  // namespace haina
