// A training run saved between two epochs: a run that was killed resumes there and ends with the same bits.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/tensors_file.h"

namespace haina {

struct Checkpoint {
  TensorMap tensors;     // parameters, optimizer state, random state, order of the users
  nlohmann::json about;  // the best epoch so far and the training curve
};

// The folder is replaced as a whole. key: identifies the run; another configuration or dataset has another key.
Status save_checkpoint(const std::filesystem::path& folder, const std::string& key, const Checkpoint& checkpoint);
// nullopt if there is no checkpoint, if it has another key, or if it is damaged: training then starts from the
// beginning.
std::optional<Checkpoint> load_checkpoint(const std::filesystem::path& folder, const std::string& key);

}  // namespace haina
