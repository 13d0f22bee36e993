// `haina train`: trains a new version of a project's model and puts it in use.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/file_lock.h"
#include "config/config.h"
#include "data/dataset.h"
#include "pipeline/train.h"

namespace haina {

// train_model, saved as models/<version>/, where the version is the UTC time ("20261125T064500"). It is in use from
// then on. Returns the folder. A run that was interrupted or killed is continued by the next one.
Result<std::filesystem::path> run_train(const Dataset& dataset, const Config& config, const TrainOptions& options);
// The same on the project's files and on what a service has stored ("sqlite://…"); the dataset is kept with the
// version.
Result<std::filesystem::path> run_train_from_store(const Config& config, const std::string& store_url,
                                                   const TrainOptions& options);

// Held while a version is trained, since trainings at once would share the files that let one be continued; and while
// versions are deleted or restored. kIo where another process holds it.
Result<FileLock> lock_training(const Config& config);

}  // namespace haina
