#include "model/model.h"

#include <fmt/format.h>

#include <cctype>
#include <set>

#include "base/files.h"
#include "base/log.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

// "expert-content.movies.genres.safetensors"; a column's name may hold anything, a file's name may not.
std::string file_of_expert(const std::string& name) {
  std::string safe;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) != 0 || c == '.' || c == '_' || c == '-';
    safe += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return fmt::format("expert-{}.safetensors", safe);
}

}  // namespace

std::vector<std::string> Model::names() const {
  std::vector<std::string> names;
  for (const NamedExpert& expert : experts) {
    names.push_back(expert.name);
  }
  if (network) {
    names.emplace_back("network");
  }
  return names;
}

std::vector<at::Tensor> Model::score_each(std::span<const UserState> users, Which which) const {
  static const std::set<std::string> kChannels = {"popularity", "trending", "content", "friends"};
  const std::vector<bool> read = ranker.reads();
  std::vector<at::Tensor> scores;
  for (const NamedExpert& expert : experts) {
    const bool wanted = which == Which::kAll || read[scores.size()] || kChannels.contains(expert.name);
    scores.push_back(wanted ? expert.expert->score(users) : at::Tensor());
  }
  if (network) {
    scores.push_back(network->score(users));
  }
  return scores;
}

Status save_model(const Model& model, const fs::path& folder) {
  HAINA_TRY(AtomicFolder atomic, AtomicFolder::create(folder));
  nlohmann::json about = model.about;
  about["experts"] = nlohmann::json::array();
  for (const NamedExpert& expert : model.experts) {
    about["experts"].push_back({{"name", expert.name}, {"params", expert.params}});
    HAINA_OK(save_tensors(atomic.path() / file_of_expert(expert.name), expert.expert->state()));
  }
  if (model.network) {
    about["network"] = model.network->about();
    HAINA_OK(save_tensors(atomic.path() / "network.safetensors", model.network->state()));
  }
  about["ranker"] = model.ranker.to_json();
  about["heads"] = model.heads.to_json();
  TensorMap ranking = model.ranker.state();
  ranking.merge(model.heads.state());
  HAINA_OK(save_tensors(atomic.path() / "ranker.safetensors", ranking));
  return atomic.commit("haina.model/1", about);
}

Result<Model> load_model(const fs::path& folder, const Dataset& dataset, const Config& config) {
  HAINA_TRY(const nlohmann::json manifest, open_manifest(folder, "haina.model/1", Verify::kSizes));
  const std::string where = (folder / "manifest.json").string();
  Model model;
  model.about = manifest.at("about");
  if (model.about.value("users", int64_t{-1}) != dataset.users.size() ||
      model.about.value("items", int64_t{-1}) != dataset.items.size()) {
    return fail(
        {ErrorCode::kBadData, "the model was trained on another prepared dataset", where, "run haina train again"});
  }
  for (const nlohmann::json& entry : model.about.value("experts", nlohmann::json::array())) {
    const std::string name = entry.value("name", "");
    HAINA_TRY(const ExpertEntry* const expert, find_expert(name, where));
    Params params(expert->params);
    HAINA_OK(params.merge(entry.value("params", nlohmann::json::object()), where));
    NamedExpert named = {name, params.to_json(), expert->make(params)};
    const fs::path file = folder / file_of_expert(name);
    HAINA_TRY(const TensorMap state, load_tensors(file));
    HAINA_OK(named.expert->restore(state, file.string()));
    model.experts.push_back(std::move(named));
  }
  if (model.about.contains("network")) {
    HAINA_TRY(const Split split, make_split(dataset, config.split));
    const ScannedFields scanned =
        scan_fields(dataset, split, Stage::kTest, model.about.value("without", std::vector<std::string>{}));
    HAINA_TRY(const TensorMap state, load_tensors(folder / "network.safetensors"));
    HAINA_TRY(model.network, FusionNetwork::restore(state, model.about["network"], scanned.fields, dataset.items.size(),
                                                    (folder / "network.safetensors").string()));
  }
  HAINA_TRY(const TensorMap ranker, load_tensors(folder / "ranker.safetensors"));
  HAINA_TRY(model.ranker, Ranker::restore(model.about.value("ranker", nlohmann::json::object()), ranker, where));
  HAINA_TRY(model.heads, ActionHeads::restore(model.about.value("heads", nlohmann::json::object()), ranker,
                                              std::ssize(model.names()), where));
  return model;
}

ScannedFields scan_fields(const Dataset& dataset, const Split& split, Stage stage,
                          const std::vector<std::string>& without) {
  ScannedFields scanned = {{}, nlohmann::json::array()};
  const Csr pairs = held_out_pairs(dataset, split, stage);
  for (const Field& field : dataset.fields) {
    if (std::ranges::find(without, field.source) != without.end()) {
      continue;
    }
    LeakScan scan = without_pairs(field, pairs);
    if (scan.dropped > 0) {
      scanned.leaks.push_back(
          {{"field", field.full_name()}, {"dropped", scan.dropped}, {"assignments", field.assigned_user.size(0)}});
    }
    scanned.fields.push_back(std::move(scan.field));
  }
  return scanned;
}

}  // namespace haina
