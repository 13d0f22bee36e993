// What a model's manifest says of its training: the document `about`.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "config/config.h"
#include "data/dataset.h"
#include "fusion/fusion.h"
#include "pipeline/calibration.h"
#include "pipeline/trial_log.h"

namespace haina {

struct TrainingSeconds {
  double experts = 0;
  double network = 0;
  double ranker = 0;                            // with action heads and calibration
  double experts_again = 0, network_again = 0;  // the second fit, on all events
  double total = 0;
};

struct TrainingReport {
  std::string device;
  nlohmann::json leaks;  // ScannedFields::leaks
  const TrialLog& trials;
  const FusionTraining& training;
  Calibration calibration;
  bool sampled_negatives = false;  // LabeledPairs::sampled, of the pairs that the calibration was fitted on
  int64_t validation_users = 0;    // with held-out goal events
  TrainingSeconds seconds;
};

// {"dataset": its fingerprint, "users", "items", "seed", "device", "split", "without": [sources], "leaks", "metric",
// "trials", "curve": [{"epoch", "loss", "val": the metric by which choices are made, "seconds"}], "best_epoch",
// "interrupted", "resumed_at", "calibration": {"slope", "offset", "scores", "negatives"}, "validation_users",
// "seconds"}.
// train_model adds "unvalidated" where too little could be held out (train_unvalidated.h).
nlohmann::json training_report(const Dataset& dataset, const Config& config, const TrainingReport& report);

}  // namespace haina
