#include "pipeline/prepare.h"

#include <fmt/format.h>

#include "base/files.h"
#include "data/assemble.h"
#include "data/source_reader.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

// The configuration's checksum, and what is seen of the files without reading them.
Result<nlohmann::json> provenance_of(const Config& config) {
  HAINA_TRY(const std::string checksum, sha256_of(config.file));
  nlohmann::json files = nlohmann::json::array();
  for (const SourceConfig& source : config.sources) {
    HAINA_TRY(const std::string expanded, expand_environment(source.path, source.place));
    const fs::path path = fs::path(expanded).is_absolute() ? fs::path(expanded) : config.folder / expanded;
    std::error_code code;
    const auto bytes = fs::file_size(path, code);
    const auto modified = fs::last_write_time(path, code);
    files.push_back({{"path", expanded}, {"bytes", code ? 0 : bytes}, {"modified", code ? 0 : modified.time_since_epoch().count()}});
  }
  return nlohmann::json{{"config", checksum}, {"files", files}};
}

}  // namespace

Result<Dataset> run_prepare(const Config& config, const PrepareOptions& options) {
  HAINA_TRY(const nlohmann::json provenance, provenance_of(config));
  if (Result<Dataset> kept = load_dataset(config.prepared_folder()); kept && kept->provenance == provenance) {
    return kept;
  }
  for (const AlignConfig& align : config.align) {
    return fail({ErrorCode::kUnsupported, "[[align]] is not carried out by this version", align.place, "give both sources the same ids, and take it out"});
  }
  if (!config.clean.impute.empty()) {
    return fail({ErrorCode::kUnsupported, "[clean.impute] is not carried out by this version: missing values stay missing, with their mask",
                 config.clean.place, "take it out"});
  }
  Progress& progress = options.progress != nullptr ? *options.progress : no_progress();
  QualityReport quality;
  std::vector<SourceTable> tables;
  for (const SourceConfig& source : config.sources) {
    if (source.kind == SourceKind::kImpressions || source.kind == SourceKind::kMedia) {
      return fail({ErrorCode::kUnsupported, fmt::format("sources of kind '{}' cannot be prepared", to_string(source.kind)), source.place,
                   "take this [[source]] out"});
    }
    if (!source.ids.empty()) {
      return fail({ErrorCode::kUnsupported, "mapping files (ids = …) are not read by this version", source.place, "give the source the ids of the others"});
    }
    progress.line("read " + source.name);
    HAINA_TRY(const ReadResult read, read_source(source, {.base = config.folder,
                                                          .rejects_file = config.folder / "rejects" / (source.name + ".csv"),
                                                          .stop = options.stop,
                                                          .progress = options.progress}));
    nlohmann::json rejects = nlohmann::json::array();
    for (size_t i = 0; i < std::min<size_t>(5, read.first_rejects.size()); ++i) {
      const Reject& reject = read.first_rejects[i];
      rejects.push_back(fmt::format("{}: {}", place_of(reject), reject.message));
    }
    quality.sources.push_back({{"name", source.name},
                               {"kind", to_string(source.kind)},
                               {"read", read.read},
                               {"accepted", read.accepted},
                               {"rejected", read.rejected},
                               {"rejects", rejects},
                               {"seen", read.seen}});
    tables.push_back({&source, read.table});
  }
  HAINA_TRY(Dataset dataset, assemble(config, tables, quality));
  dataset.provenance = provenance;
  HAINA_OK(save_dataset(dataset, config.prepared_folder()));
  return dataset;
}

}  // namespace haina
