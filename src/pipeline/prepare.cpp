#include "pipeline/prepare.h"

#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/files.h"
#include "data/assembly/entity_resolution.h"
#include "data/assembly/assemble.h"
#include "data/assembly/id_map.h"
#include "data/assembly/media_files.h"
#include "data/io/byte_stream.h"
#include "data/formats/read_source.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

// Raised when the same files would be prepared otherwise.
constexpr int kPrepareVersion = 2;

nlohmann::json seen_from_outside(const fs::path& path) {
  std::error_code code;
  const auto bytes = fs::file_size(path, code);
  const auto modified = fs::last_write_time(path, code);
  std::error_code unresolved;  // then the path as it is
  const fs::path resolved = fs::weakly_canonical(path, unresolved);
  return {{"path", (unresolved ? path : resolved).string()},
          {"bytes", code ? 0 : bytes},
          {"modified", code ? 0 : modified.time_since_epoch().count()}};
}

// The configuration's checksum, and what is seen of the files without reading them.
Result<nlohmann::json> provenance_of(const Config& config) {
  HAINA_TRY(const std::string checksum, sha256_of(config.file));
  nlohmann::json files = nlohmann::json::array();
  for (const SourceConfig& source : config.sources) {
    HAINA_TRY(const std::vector<fs::path> paths, expand_paths(source, config.folder));
    for (const fs::path& path : paths) {
      files.push_back(seen_from_outside(path));
    }
    for (const auto& [side, given] : source.ids) {
      HAINA_TRY(const fs::path path, id_map_path(given, config.folder, source.place));
      files.push_back(seen_from_outside(path));
    }
  }
  return nlohmann::json{{"prepare", kPrepareVersion}, {"config", checksum}, {"files", files}};
}

// Without the rows of those users, on either end of a tie.
Result<std::shared_ptr<arrow::Table>> without_users(std::shared_ptr<arrow::Table> table,
                                                    const std::vector<std::string>& users) {
  const std::set<std::string_view> gone(users.begin(), users.end());
  for (const char* const name : {"user", "other"}) {
    const arrow::Array* const ids = table == nullptr || gone.empty() ? nullptr : column_of(*table, name);
    if (ids == nullptr) {
      continue;
    }
    arrow::BooleanBuilder kept;
    arrow::Status status = kept.Reserve(ids->length());
    for (int64_t r = 0; r < ids->length() && status.ok(); ++r) {
      kept.UnsafeAppend(ids->IsNull(r) || !gone.contains(text_at(ids, r)));
    }
    std::shared_ptr<arrow::Array> mask;
    status = status.ok() ? kept.Finish(&mask) : status;
    if (status.ok()) {
      const auto filtered = arrow::compute::Filter(table, mask);
      status = filtered.status();
      if (filtered.ok()) {
        const auto whole = filtered->table()->CombineChunks();
        status = whole.status();
        table = whole.ok() ? *whole : table;
      }
    }
    if (!status.ok()) {
      return fail({ErrorCode::kIo, status.message(), name, "free some memory"});
    }
  }
  return table;
}

bool reads_standard_input(const Config& config) {
  return std::ranges::any_of(config.sources, [](const SourceConfig& source) { return source.path == "-"; });
}

// Ids as the source's mapping files give them; rows with other ids go, counted.
Result<std::shared_ptr<arrow::Table>> with_project_ids(std::shared_ptr<arrow::Table> table, const SourceConfig& source,
                                                       const fs::path& folder, QualityReport& quality) {
  for (const auto& [side, given] : source.ids) {
    HAINA_TRY(const fs::path path, id_map_path(given, folder, source.place));
    HAINA_TRY(const IdMap map, read_id_map(path));
    const auto dropped = [&](std::string_view id) {
      quality.count("id not in the mapping", source.name, [&] { return fmt::format("{} {}", side, id); });
    };
    HAINA_TRY(table,
              rewrite_ids(table, source, side == "user" ? Side::kUser : Side::kItem, map, Unmapped::kDrop, dropped));
  }
  return table;
}

}  // namespace

Result<Dataset> run_prepare(const Config& config, const PrepareOptions& options) {
  HAINA_TRY(const nlohmann::json provenance, provenance_of(config));
  if (!reads_standard_input(config)) {
    if (Result<Dataset> kept = load_dataset(config.prepared_folder()); kept && kept->provenance == provenance) {
      return kept;
    }
  }
  Progress& progress = options.progress != nullptr ? *options.progress : no_progress();
  QualityReport quality;
  std::vector<SourceTable> tables;
  for (const SourceConfig& source : config.sources) {
    progress.line("read " + source.name);
    HAINA_TRY(const ReadResult read,
              source.kind == SourceKind::kMedia
                  ? list_media(source, config.folder)
                  : read_source(source, {.base = config.folder,
                                         .rejects_file = config.output_folder() / "rejects" /
                                                         (source.name + (source.live ? ".live" : "") + ".csv"),
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
    HAINA_TRY(auto table, with_project_ids(read.table, source, config.folder, quality));
    if (!source.live) {
      HAINA_TRY(table, without_users(table, config.forgotten));
    }
    tables.push_back({&source, table});
  }
  HAINA_OK(align_sources(config, tables, quality));
  HAINA_TRY(Dataset dataset, assemble(config, std::move(tables), quality));
  dataset.provenance = provenance;
  HAINA_OK(save_dataset(dataset, config.prepared_folder()));
  return dataset;
}

}  // namespace haina
