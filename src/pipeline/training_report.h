// What a model's manifest says of its training: the document `about`.
#pragma once

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
  double ranker = 0;  // with action heads and calibration
  double total = 0;   // with the second fit on all events
};

struct TrainingReport {
  std::string device;
  nlohmann::json leaks;  // ScannedFields::leaks
  const TrialLog& trials;
  const FusionTraining& training;
  Calibration calibration;
  bool sampled_negatives = false;  // LabeledPairs::sampled, of the pairs that the calibration was fitted on
  TrainingSeconds seconds;
};

// {"users", "items", "seed", "device", "split", "without": [sources], "leaks", "metric", "trials", "curve": [{"epoch",
// "loss", "val": the metric by which choices are made, "seconds"}], "best_epoch", "interrupted", "resumed_at",
// "calibration": {"slope", "offset", "negatives"}, "seconds"}.
nlohmann::json training_report(const Dataset& dataset, const Config& config, const TrainingReport& report);

}  // namespace haina
