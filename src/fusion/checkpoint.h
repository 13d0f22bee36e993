// A training run on disk between two epochs, so that one that was killed goes on where it was and ends with the same
// bits.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/tensors_file.h"

namespace haina {

struct Checkpoint {
  TensorMap tensors;     // parameters, moments, draws, order of the users
  nlohmann::json about;  // epochs done, the best so far, the curve
};

// Whole or absent. `key` says what the run is of: another configuration or dataset has another.
Status save_checkpoint(const std::filesystem::path& folder, const std::string& key, const Checkpoint& checkpoint);
// Nothing where there is none, where it is of another key, or where it is damaged: the run then starts anew.
std::optional<Checkpoint> load_checkpoint(const std::filesystem::path& folder, const std::string& key);

}  // namespace haina
