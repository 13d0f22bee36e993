// The search for the settings of one expert: measures settings on the validation users and keeps the best.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "pipeline/trial_budget.h"
#include "pipeline/trial_log.h"
#include "pipeline/tune.h"

namespace haina {

// options, log and low_fidelity_users outlive it. It stops with kInterrupted when a stop is requested.
class ExpertSearch {
 public:
  ExpertSearch(const ExpertTask& task, const TuneOptions& options, TrialLog& log, const HeldOut& low_fidelity_users)
      : task_(task), options_(options), log_(log), low_fidelity_users_(low_fidelity_users) {}

  // Whether anything beside the task's own settings could be tried.
  bool is_open() const;
  // Whether an entry's paths are followed in every training, as far as the work is bounded.
  bool has_bounded_path() const;

  // Fits the first setting: the task's own over the defaults. The others are compared with it once it is measured.
  Status fit_first();
  Status measure_first();
  // Tries each of the entry's variants.
  Status compare_variants(const TrialBudget& budget);
  // One round of successive halving over the variants and one step on each path: cheap low-fidelity trials first, then
  // the better half in full. The cheap trials get `cheap`, half of the budget: only full trials give a setting.
  Status halving_round(const TrialBudget& cheap, const TrialBudget& all);
  // Follows one parameter path after the other as long as the metric rises, and repeats until no path raises it.
  Status follow_paths(const TrialBudget& budget);
  // Whether low-fidelity trials are much cheaper than full ones.
  bool has_cheap_trials() const;

  // The expert, fitted with the best setting; nullptr where the data do not suit it and the task does not require it.
  Result<std::unique_ptr<Expert>> take();

  const nlohmann::json& best() const { return best_; }  // all parameters; null: no setting suited the data
  double value() const { return value_; }               // of the best; -1: not measured
  double seconds() const { return seconds_; }           // that the best's trial took

 private:
  enum class Fidelity { kLow, kFull };
  struct Measurement {
    double value = -1;  // -1: the data do not suit the setting
    double seconds = 0;
    std::unique_ptr<Expert> expert;  // nullptr where the log knew the value
  };

  Result<nlohmann::json> complete(const nlohmann::json& setting) const;
  nlohmann::json low_fidelity(nlohmann::json params) const;
  bool is_known(const nlohmann::json& params) const;
  Error in_configuration(Error error) const;
  Result<std::unique_ptr<Expert>> fit(const nlohmann::json& params);
  Result<Measurement> measure(const nlohmann::json& params, Fidelity fidelity);
  Status attempt(const nlohmann::json& params, double least_rise);
  Result<bool> climb(const ParameterPath& path, bool up, const TrialBudget& budget);
  Result<std::vector<nlohmann::json>> neighbours() const;

  const ExpertTask& task_;
  const TuneOptions& options_;
  TrialLog& log_;
  const HeldOut& low_fidelity_users_;
  nlohmann::json best_ = nullptr;
  double value_ = -1;
  double seconds_ = 0;
  double measuring_seconds_ = 0;    // of the last trial, without the fit
  std::unique_ptr<Expert> expert_;  // fitted with the best; nullptr where the log knew its value
  std::optional<Error> unsuited_;   // why the first setting did not fit
};

}  // namespace haina
