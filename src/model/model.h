// A trained model: experts, fusion network and ranker behind one scoring call, saved as a folder.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "data/dataset.h"
#include "data/field.h"
#include "data/split.h"
#include "experts/expert.h"
#include "fusion/fusion.h"
#include "ranking/heads.h"
#include "ranking/ranker.h"

namespace haina {

// The fusion network's name among the models: in Model::names, in documents, in explanations.
inline constexpr const char* kNetworkName = "network";

struct NamedExpert {
  std::string name;  // the registry entry's, or "content.movies.genres" for an instance on a single source
  nlohmann::json params;
  std::unique_ptr<Expert> expert;
};

struct Model {
  std::vector<NamedExpert> experts;
  std::optional<FusionNetwork> network;
  Ranker ranker;
  ActionHeads heads;     // without actions where users do only one thing
  nlohmann::json about;  // pipeline/training_report.h; after loading also what the manifest says of experts and network

  // Experts in order, then kNetworkName.
  std::vector<std::string> names() const;
  // One float32 [users.size(), items] for each name; safe from any number of threads. With kRead, experts that neither
  // the ranker nor a candidate channel reads are not computed and their tensors stay undefined.
  enum class Which { kAll, kRead };
  std::vector<at::Tensor> score_each(std::span<const UserState> users, Which which = Which::kAll) const;
  // The blend: float32 [users.size(), items], higher is better.
  at::Tensor score(std::span<const UserState> users) const {
    return ranker.score(score_each(users, Which::kRead), users);
  }
};

// The folder models/<version>/: manifest.json (schema haina.model/1), expert-NAME.safetensors, network.safetensors and
// ranker.safetensors. It is complete or absent.
Status save_model(const Model& model, const std::filesystem::path& folder);
// The model as it was saved, on the dataset it was trained on. Fields are as in training: without the pairs that
// config.split holds out and without the sources that were switched off. kBadData, naming the file, where a file is
// damaged or the dataset is another one.
Result<Model> load_model(const std::filesystem::path& folder, const Dataset& dataset, const Config& config);

// The dataset's fields without those of excluded sources and without assignments on held-out pairs.
struct ScannedFields {
  std::vector<Field> fields;
  nlohmann::json leaks;  // [{"field", "dropped", "assignments"}]: fields of which assignments were dropped
};
ScannedFields scan_fields(const Dataset& dataset, const Split& split, Stage stage,
                          const std::vector<std::string>& exclude);

}  // namespace haina
