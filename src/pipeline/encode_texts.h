// Columns of texts to vectors by pretrained networks, as a source's `encode` says.
#pragma once

#include <arrow/api.h>

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "config/config.h"
#include "data/rows/read_result.h"
#include "media/feature_cache.h"
#include "pretrained/text_network.h"

namespace haina {

// The field that holds the vectors of a column of texts.
inline std::string vector_column(const std::string& column) { return column + "_vector"; }

// Where the network of `encode` stands: relative to haina.toml's folder, with variables of the environment.
Result<std::filesystem::path> network_path(const std::string& given, const std::filesystem::path& base,
                                           const std::string& place);

// Networks that are loaded once, by path.
class TextNetworks {
 public:
  Result<std::shared_ptr<const TextNetwork>> get(const std::filesystem::path& path, const std::string& place);

 private:
  std::map<std::filesystem::path, std::shared_ptr<const TextNetwork>> loaded_;
};

// Adds to the table, for each encoded column, one of vectors (list<float64>, null where there is no text), and to the
// source's columns one of type vector. Texts that the cache has are not encoded again; nothing of users is added to it.
// -> {"COLUMN": {"network", "identity", "width", "texts", "encoded", "without": texts that gave no vector}}.
Result<nlohmann::json> encode_texts(SourceConfig& source, std::shared_ptr<arrow::Table>& table, TextNetworks& networks,
                                    FeatureCache& cache, const ReadOptions& options);

}  // namespace haina
