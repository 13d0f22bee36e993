// The story of training, as passes.
#pragma once

#include "base/progress.h"
#include "base/stop.h"
#include "config/config.h"
#include "model/model.h"

namespace haina {

struct TrainOptions {
  const StopFlag* stop = nullptr;
  Progress* progress = nullptr;
  std::filesystem::path checkpoint = {};  // where the network's training is kept between epochs; empty: nowhere
  std::string checkpoint_key = {};        // what a checkpoint must be of to be gone on from
  std::filesystem::path trials = {};      // the file where tried settings are kept until training ends; empty: nowhere
  std::map<std::string, nlohmann::json> settled =
      {};  // experts whose parameters were chosen before: no variants are tried for them
};

// Fits everything on the training part, chooses on validation, and fits again on both; the test part stays unseen.
Result<Model> train_model(const Dataset& dataset, const Config& config, const Split& split,
                          const TrainOptions& options);
// train_model, then models/<version>/ where the version is the UTC time ("20261125T064500"), which is in use from then
// on; returns the folder.
Result<std::filesystem::path> run_train(const Dataset& dataset, const Config& config, const TrainOptions& options);
// On the project's files and on what a service took in ("sqlite://…"); the dataset is kept with the version.
Result<std::filesystem::path> run_train_from_store(const Config& config, const std::string& store_url,
                                                   const TrainOptions& options);

}  // namespace haina
