#include "model/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/files.h"
#include "base/params.h"
#include "base/tensors_file.h"
#include "data/fingerprint.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSchema = "haina.model/1";
constexpr const char* kNetworkFile = "network.safetensors";
constexpr const char* kRankerFile = "ranker.safetensors";  // with the action heads

// "expert-content.movies.genres.safetensors". A column's name may hold any character; others than letters, digits and
// ._- are written as %XX.
std::string file_of_expert(const std::string& name) {
  std::string safe;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) != 0 || c == '.' || c == '_' || c == '-';
    safe += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return fmt::format("expert-{}.safetensors", safe);
}

// Whether a candidate channel is made of the scores of the expert of that name.
bool makes_channel(const std::string& name) {
  return std::ranges::any_of(expert_entries(),
                             [&](const ExpertEntry& entry) { return entry.name == name && !entry.channel.empty(); });
}

Result<NamedExpert> load_expert(const fs::path& folder, const nlohmann::json& saved, const std::string& where) {
  const std::string name = saved.value("name", "");
  HAINA_TRY(const ExpertEntry* const entry, find_expert(name, where));
  Params params(entry->params);
  HAINA_OK(params.merge(saved.value("params", nlohmann::json::object()), where));
  NamedExpert expert = {name, params.to_json(), entry->make(params)};
  const fs::path file = folder / file_of_expert(name);
  HAINA_TRY(const TensorMap state, load_tensors(file));
  HAINA_OK(expert.expert->restore(state, file.string()));
  return expert;
}

}  // namespace

std::vector<std::string> Model::names() const {
  std::vector<std::string> names;
  for (const NamedExpert& expert : experts) {
    names.push_back(expert.name);
  }
  if (network) {
    names.emplace_back(kNetworkName);
  }
  return names;
}

std::vector<at::Tensor> Model::score_each(std::span<const UserState> users, Which which) const {
  const std::vector<bool> read = ranker.reads();
  std::vector<at::Tensor> scores;
  for (const NamedExpert& expert : experts) {
    const bool needed = which == Which::kAll || read[scores.size()] || makes_channel(expert.name);
    scores.push_back(needed ? expert.expert->score(users) : at::Tensor());
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
    HAINA_OK(save_tensors(atomic.path() / kNetworkFile, model.network->state()));
  }
  about["ranker"] = model.ranker.to_json();
  about["heads"] = model.heads.to_json();
  TensorMap ranking = model.ranker.state();
  ranking.merge(model.heads.state());
  HAINA_OK(save_tensors(atomic.path() / kRankerFile, ranking));
  return atomic.commit(kSchema, about);
}

namespace {

// Whether the model's rows are the dataset's. Models of earlier releases say their numbers of users and items alone.
Status check_dataset(const nlohmann::json& about, const Dataset& dataset, const std::string& where) {
  const std::string named = about.value("dataset", "");
  const std::string own = named.empty() ? "" : fingerprint_of(dataset);
  // While users are taken out of it, the dataset is the one or the other: model/forget_in_project.h.
  if ((named == own || (!own.empty() && about.value("dataset_next", "") == own)) &&
      about.value("users", int64_t{-1}) == dataset.users.size() &&
      about.value("items", int64_t{-1}) == dataset.items.size()) {
    return ok();
  }
  return fail({ErrorCode::kBadData,
               named.empty() ? "the model was trained on another prepared dataset"
                             : fmt::format("the model was trained on another prepared dataset: on the one with the "
                                           "fingerprint {}…, and this one has {}…",
                                           short_fingerprint(named), short_fingerprint(own)),
               where, "run haina train again: its lists would be of other users and items"});
}

// As load_model, but a manifest with values of other types than ours throws.
Result<Model> load_checked(const fs::path& folder, const Dataset& dataset, const Config& config) {
  HAINA_TRY(const nlohmann::json manifest, open_manifest(folder, kSchema, Verify::kSizes));
  const std::string where = (folder / "manifest.json").string();
  Model model;
  model.about = manifest.at("about");
  HAINA_OK(check_dataset(model.about, dataset, where));
  for (const nlohmann::json& saved : model.about.value("experts", nlohmann::json::array())) {
    HAINA_TRY(NamedExpert expert, load_expert(folder, saved, where));
    model.experts.push_back(std::move(expert));
  }
  if (model.about.contains("network")) {
    HAINA_TRY(const Split split, make_split(dataset, config.split));
    const ScannedFields scanned =
        scan_fields(dataset, split, Stage::kTest, model.about.value("without", std::vector<std::string>{}));
    HAINA_TRY(const TensorMap state, load_tensors(folder / kNetworkFile));
    HAINA_TRY(model.network, FusionNetwork::restore(state, model.about["network"], scanned.fields, dataset.items.size(),
                                                    (folder / kNetworkFile).string()));
  }
  const fs::path ranker_file = folder / kRankerFile;
  HAINA_TRY(const TensorMap ranking, load_tensors(ranker_file));
  HAINA_TRY(model.ranker,
            Ranker::restore(model.about.value("ranker", nlohmann::json::object()), ranking, ranker_file.string()));
  if (model.ranker.models != model.names()) {
    return fail({ErrorCode::kBadData, "the ranker was fitted on other models than this version holds", where,
                 "run haina train again"});
  }
  HAINA_TRY(model.heads, ActionHeads::restore(model.about.value("heads", nlohmann::json::object()), ranking,
                                              std::ssize(model.names()), ranker_file.string()));
  return model;
}

}  // namespace

Result<Model> load_model(const fs::path& folder, const Dataset& dataset, const Config& config) {
  try {
    return load_checked(folder, dataset, config);
  } catch (const nlohmann::json::exception&) {
    return fail({ErrorCode::kBadData, "the model's manifest is damaged", (folder / "manifest.json").string(),
                 "run haina train again, or haina models rollback"});
  }
}

ScannedFields scan_fields(const Dataset& dataset, const Split& split, Stage stage,
                          const std::vector<std::string>& exclude) {
  ScannedFields scanned = {{}, nlohmann::json::array()};
  const Csr pairs = held_out_pairs(dataset, split, stage);
  for (const Field& field : dataset.fields) {
    if (std::ranges::find(exclude, field.source) != exclude.end()) {
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
