// Trains a model on a prepared dataset.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "base/progress.h"
#include "base/stop.h"
#include "config/config.h"
#include "data/dataset.h"
#include "data/split.h"
#include "model/model.h"

namespace haina {

struct TrainOptions {
  const StopFlag* stop = nullptr;
  Progress* progress = nullptr;
  std::filesystem::path checkpoint = {};  // where the network's training is kept between epochs; empty: nowhere
  std::string checkpoint_key = {};        // a run continues only from a checkpoint or trials with the same key
  std::filesystem::path trials = {};      // the file where tried settings are kept until training ends; empty: none
  // Experts whose parameters were chosen before: no other settings are tried for them.
  std::map<std::string, nlohmann::json> settled = {};
  // Off: the model stays as it was fitted on the training part alone, as many published models are.
  bool refit = true;
  nlohmann::json seconds_before = nullptr;  // about.seconds of an earlier training, to tell the time left; null: none
};

// Fits everything on the training part, chooses on the validation part, and fits again on both; about.refitted says so,
// and about.scales how far the scores of the models fitted again lie from those that the ranker was fitted on. Some
// validation users' held-out events stay out of that, so that the ranker is judged with these models
// (about.refit_check, choose_refitted.h). about.best_model: the best single model by validation. The test part is not
// read. Where too little can be held out (kFewestValidationUsers), nothing is chosen, every event is
// learned from by experts that need few, and about.unvalidated says so.
Result<Model> train_model(const Dataset& dataset, const Config& config, const Split& split,
                          const TrainOptions& options);

}  // namespace haina
