// Chooses each expert's settings: fitted on the training part, measured on the validation users. Every training
// compares an entry's variants and follows the parameter paths whose work is bounded by the data; a time budget pays
// for all the others.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "base/stop.h"
#include "data/split.h"
#include "experts/expert.h"
#include "model/model.h"
#include "pipeline/trial_log.h"

namespace haina {

// One expert to be fitted.
struct ExpertTask {
  const ExpertEntry* entry = nullptr;
  std::string name;                    // the entry's, or "content.movies.genres" for one on a single source
  std::span<const Field> fields = {};  // the fields it may use
  nlohmann::json settings = nlohmann::json::object();
  std::string place = {};  // of the settings, in the user's input
  bool settled = false;    // whether it is fitted with `settings` as they are, without trials
  bool required = false;   // whether data that it cannot be fitted on are an error; else it is left out
};

struct TuneOptions {
  const Interactions* train = nullptr;
  const Interactions* other_events = nullptr;  // events of the same part that are not goals; nullptr: none
  bool ordered = true;                         // whether the rows of `train` are in order of time
  const HeldOut* validation_users = nullptr;   // nullptr: every task is settled
  std::string metric = "ndcg@10";
  uint64_t seed = 7;
  double budget_seconds = 0;  // for trials beyond the first of each expert; 0: only the few that every training makes
  const StopFlag* stop = nullptr;
  Progress* progress = nullptr;
  at::Device device = at::kCPU;
};

// Each task's expert with the best settings found, fitted, in the order of the tasks. Which settings are tried within a
// time budget depends on the machine. Without one the result depends on data, seed and what the log already holds.
Result<std::vector<NamedExpert>> tune_experts(std::span<const ExpertTask> tasks, const TuneOptions& options,
                                              TrialLog& log);

}  // namespace haina
