// A trained model: experts, fusion network and ranker, as one scoring call; a folder on disk.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "data/dataset.h"
#include "data/split.h"
#include "experts/expert.h"
#include "fusion/fusion.h"
#include "ranking/heads.h"
#include "ranking/ranker.h"

namespace haina {

struct NamedExpert {
  std::string name;
  nlohmann::json params;
  std::unique_ptr<Expert> expert;
};

struct Model {
  std::vector<NamedExpert> experts;
  std::optional<FusionNetwork> network;
  Ranker ranker;
  ActionHeads heads;     // where users do several things; else without actions
  nlohmann::json about;  // version, seed, split, sources, learning curve, seconds

  // Experts in order, then "network".
  std::vector<std::string> names() const;
  // One [B, items] float32 a name. Any number of threads. kRead leaves those undefined whose score the ranker does not
  // read and that no channel is made of: a list then costs what it is made of.
  enum class Which { kAll, kRead };
  std::vector<at::Tensor> score_each(std::span<const UserState> users, Which which = Which::kAll) const;
  // The whole of Haina: [B, items] float32, higher is better.
  at::Tensor score(std::span<const UserState> users) const {
    return ranker.score(score_each(users, Which::kRead), users);
  }
};

// models/<version>/: manifest.json (schema haina.model/1), experts/NAME.safetensors, network.safetensors, ranker.json;
// whole or absent.
Status save_model(const Model& model, const std::filesystem::path& folder);
// With the fields as they were in training: free of the held-out pairs of config.split, without the sources that were
// switched off.
Result<Model> load_model(const std::filesystem::path& folder, const Dataset& dataset, const Config& config);
// The dataset's fields without the switched-off sources and without what lies on held-out pairs.
struct ScannedFields {
  std::vector<Field> fields;
  nlohmann::json leaks;  // [{"field", "dropped"}], fields with something dropped
};
ScannedFields scan_fields(const Dataset& dataset, const Split& split, Stage stage,
                          const std::vector<std::string>& without);

}  // namespace haina
