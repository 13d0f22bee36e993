// The pretrained networks with which the dataset of the version in use was prepared, for what comes in live: an item's
// texts and pictures get vectors as in training.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "pretrained/picture_network.h"
#include "pretrained/text_network.h"

namespace haina {

class PretrainedNetworks {
 public:
  // folder: of haina.toml, where relative paths start.
  explicit PretrainedNetworks(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Loads what the engine's dataset names, unless it is loaded. A network that is gone, or is not the one of the
  // dataset, is left out with a warning: vectors of another network would be wrong without a word.
  void load_for(const Engine& engine);
  // Whether texts of the version loaded last are encoded: then requests that describe items compute.
  bool has_texts() const { return has_texts_; }
  // Adds to an item's cells, as a request gives them, the vectors of its texts; a text that is there and empty takes
  // the vector away. Cells that are no texts are left to whoever reads the cells.
  void add_vectors(const Engine& engine, nlohmann::json& cells);
  // nullptr: pictures of that source are not encoded.
  std::shared_ptr<const PictureNetwork> pictures_of(const Engine& engine, const std::string& source);

 private:
  struct Use {
    std::string source, column;  // of items
    std::shared_ptr<const TextNetwork> texts = {};
    std::shared_ptr<const PictureNetwork> pictures = {};
  };
  using Uses = std::vector<Use>;
  std::shared_ptr<const Uses> uses_of(const Engine& engine);
  Uses load(const Engine& engine);

  const std::filesystem::path folder_;
  std::atomic<bool> has_texts_ = false;
  std::mutex mutex_;
  uint64_t engine_ = 0;                    // number of the engine whose uses these are; guarded by mutex_
  std::shared_ptr<const Uses> uses_ = {};  // guarded by mutex_
  Uses earlier_ = {};                      // of any version, so that networks are loaded once; guarded by mutex_
};

}  // namespace haina
