// Fits the experts that a training asks for, on one part of the events.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "data/field.h"
#include "data/interactions.h"
#include "data/split.h"
#include "model/model.h"
#include "pipeline/train.h"
#include "pipeline/trial_log.h"

namespace haina {

// Name of an expert -> its parameters; an empty object leaves the choice to training.
using ExpertSettings = std::map<std::string, nlohmann::json>;

struct FitInputs {
  const Interactions& known;  // goal events
  Interactions other_events;  // events of the same part that are not goals
  std::span<const Field> fields;
  bool ordered = true;  // whether events are in order of time
  at::Device device = at::kCPU;
  const HeldOut* validation_users = nullptr;  // choose settings; nullptr: all settings are taken as they are
};

// Every expert of the settings, or, with kAll, of the registry as well; an expert of the registry that does not suit
// the data is then left out with a note. With validation users, an expert without settings gets the best that are
// found, and an entry with an instance for each item source stands for all of its instances.
// kSuited: like kNamed with all instances of the named entries; those that do not suit the data are left out.
enum class ExpertChoice { kNamed, kAll, kSuited };
Result<std::vector<NamedExpert>> fit_experts(const Config& config, const ExpertSettings& settings, ExpertChoice choice,
                                             const FitInputs& inputs, const TrainOptions& options, TrialLog& log);

}  // namespace haina
