#include "service/api/pretrained_networks.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "config/config.h"

namespace haina {
namespace {

using Json = nlohmann::json;

std::string identity_of(const TextNetwork& network) { return network.identity(); }
std::string identity_of(const PictureNetwork& network) { return network.folder().identity; }

// The network, if it is the one of that identity.
template <class Network>
Result<std::shared_ptr<const Network>> load_same(const std::filesystem::path& path, const std::string& identity) {
  HAINA_TRY(Network network, Network::load(path));
  if (identity_of(network) != identity) {
    return fail({ErrorCode::kBadData, "it is not the network with which the data were prepared", path.string(),
                 "bring that one back, or run haina prepare and haina train"});
  }
  return std::make_shared<const Network>(std::move(network));
}

}  // namespace

PretrainedNetworks::Uses PretrainedNetworks::load(const Engine& engine) {
  Uses uses;
  const Json& quality = engine.dataset().quality;
  for (const Json& source : quality.is_object() ? quality.value("sources", Json::array()) : Json::array()) {
    const Json encoded = source.value("detected", Json::object()).value("encoded", Json::object());
    const std::string name = source.value("name", ""), kind = source.value("kind", "");
    for (const auto& [column, about] : encoded.items()) {
      Use use = {.source = name, .column = column};
      if (kind == "users" || !engine.has_item_field(fmt::format("{}.{}_vector", name, column))) {
        continue;
      }
      const std::string identity = about.value("identity", "");
      const auto known = std::ranges::find_if(earlier_, [&](const Use& other) {
        return kind == "media" ? other.pictures != nullptr && identity_of(*other.pictures) == identity
                               : other.texts != nullptr && identity_of(*other.texts) == identity;
      });
      if (known != earlier_.end()) {
        use.texts = known->texts;
        use.pictures = known->pictures;
        uses.push_back(std::move(use));
        continue;
      }
      const Result<std::string> path = expand_environment(about.value("network", ""), name);
      Status loaded = path ? ok() : fail(path.error());
      if (path && kind == "media") {
        auto network = load_same<PictureNetwork>(folder_ / *path, identity);
        network ? void(use.pictures = std::move(*network)) : void(loaded = fail(network.error()));
      } else if (path) {
        auto network = load_same<TextNetwork>(folder_ / *path, identity);
        network ? void(use.texts = std::move(*network)) : void(loaded = fail(network.error()));
      }
      if (!loaded) {
        log_warning(
            fmt::format("items that are put now get no {}.{}_vector: {}", name, column, to_text(loaded.error())));
        continue;
      }
      earlier_.push_back(use);
      uses.push_back(std::move(use));
    }
  }
  return uses;
}

std::shared_ptr<const PretrainedNetworks::Uses> PretrainedNetworks::uses_of(const Engine& engine) {
  const std::scoped_lock lock(mutex_);
  if (uses_ == nullptr || engine_ != engine.number()) {
    uses_ = std::make_shared<const Uses>(load(engine));
    engine_ = engine.number();
    has_texts_ = std::ranges::any_of(*uses_, [](const Use& use) { return use.texts != nullptr; });
  }
  return uses_;
}

void PretrainedNetworks::load_for(const Engine& engine) { uses_of(engine); }

void PretrainedNetworks::add_vectors(const Engine& engine, Json& cells) {
  const auto uses = uses_of(engine);
  for (const Use& use : *uses) {
    if (use.texts == nullptr) {
      continue;
    }
    const std::string full_name = use.source + "." + use.column;
    const auto given = cells.contains(full_name) ? cells.find(full_name) : cells.find(use.column);
    const std::string target = full_name + "_vector";
    if (given == cells.end() || !given->is_string() || cells.contains(target)) {
      continue;
    }
    const auto text = given->get<std::string>();
    auto vector = text.empty() ? Result<std::vector<float>>() : use.texts->encode(text);
    if (!vector) {
      log_warning(fmt::format("an item gets no {}: {}", target, to_text(vector.error())));
      continue;
    }
    cells[target] = vector->empty() ? Json::array() : Json(*vector);
  }
}

std::shared_ptr<const PictureNetwork> PretrainedNetworks::pictures_of(const Engine& engine, const std::string& source) {
  const auto uses = uses_of(engine);
  const auto found =
      std::ranges::find_if(*uses, [&](const Use& use) { return use.source == source && use.pictures != nullptr; });
  return found == uses->end() ? nullptr : found->pictures;
}

}  // namespace haina
