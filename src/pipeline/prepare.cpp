#include "pipeline/prepare.h"

#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <string_view>
#include <unordered_map>

#include "base/file_lock.h"
#include "base/files.h"
#include "base/log.h"
#include "config/own_network.h"
#include "data/assembly/assemble.h"
#include "data/assembly/entity_resolution.h"
#include "data/assembly/history_rows.h"
#include "data/assembly/id_map.h"
#include "data/assembly/join_orders.h"
#include "data/assembly/media_files.h"
#include "data/assembly/missing_ids.h"
#include "data/assembly/normal_ids.h"
#include "data/assembly/shuffle_tables.h"
#include "data/forget_users.h"
#include "data/formats/read_source.h"
#include "data/io/byte_stream.h"
#include "data/rows/table_cells.h"
#include "media/feature_cache.h"
#include "model/forget_in_project.h"
#include "pipeline/changed_files.h"
#include "pipeline/encode_texts.h"
#include "pipeline/read_media.h"
#include "pretrained/network_folder.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

// To be raised when the same files give another dataset than before.
constexpr int kPrepareVersion = 9;

nlohmann::json file_signature(const fs::path& path) {
  std::error_code code;
  const auto bytes = fs::file_size(path, code);
  const auto modified = fs::last_write_time(path, code);
  std::error_code unresolved;
  const fs::path resolved = fs::weakly_canonical(path, unresolved);
  return {{"path", (unresolved ? path : resolved).string()},
          {"bytes", code ? 0 : bytes},
          {"modified", code ? 0 : modified.time_since_epoch().count()}};
}

// The configuration's checksum, and path, size and time of the files.
Result<nlohmann::json> provenance_of(const Config& config) {
  HAINA_TRY(const std::string checksum, sha256_of(config.file));
  nlohmann::json files = nlohmann::json::array();
  for (const SourceConfig& source : config.sources) {
    HAINA_TRY(const std::vector<fs::path> paths, expand_paths(source, config.folder));
    for (const fs::path& path : paths) {
      files.push_back(file_signature(path));
    }
    if (source.kind == SourceKind::kMedia && !source.columns.empty()) {  // what the table names
      HAINA_TRY(const MediaListing listing, list_media(source, {.base = config.folder}));
      for (const MediaFile& file : listing.files) {
        files.push_back(file_signature(file.path));
      }
    }
    for (const auto& [column, given] : source.encode) {
      if (given == kOwnNetwork) {
        continue;  // nothing of it is on disk before training
      }
      HAINA_TRY(const fs::path path, network_path(given, config.folder, place_of(source, "encode." + column)));
      const Result<NetworkFolder> network = read_network_folder(path);
      files.push_back(network ? network->identity : "");  // why not, is said where it is read
    }
    for (const auto& [side, given] : source.ids) {
      HAINA_TRY(const fs::path path, id_map_path(given, config.folder, source.place));
      files.push_back(file_signature(path));
    }
  }
  return nlohmann::json{{"prepare", kPrepareVersion}, {"config", checksum}, {"files", files}};
}

// The table without the rows of those users, at either end of a tie.
Result<std::shared_ptr<arrow::Table>> without_users(std::shared_ptr<arrow::Table> table, const HashedNames& removed) {
  for (const char* const name : {"user", "other"}) {
    const arrow::Array* const ids = table == nullptr || removed.empty() ? nullptr : column_of(*table, name);
    if (ids == nullptr) {
      continue;
    }
    std::unordered_map<std::string_view, bool> is_removed;  // a hash is made once for each id
    arrow::BooleanBuilder kept;
    arrow::Status status = kept.Reserve(ids->length());
    for (int64_t r = 0; r < ids->length() && status.ok(); ++r) {
      bool gone = false;
      if (!ids->IsNull(r)) {
        const auto [known, is_new] = is_removed.try_emplace(text_at(ids, r), false);
        known->second = is_new ? removed.contains(known->first) : known->second;
        gone = known->second;
      }
      kept.UnsafeAppend(!gone);
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

// Of the project's files; what came in live is of users who came back.
Status drop_forgotten(std::vector<SourceTable>& tables, const HashedNames& forgotten) {
  for (SourceTable& table : tables) {
    if (!table.config->live) {
      HAINA_TRY(table.table, without_users(table.table, forgotten));
    }
  }
  return ok();
}

// Whether the dataset is what prepare would make now.
bool is_up_to_date(const Dataset& saved, const nlohmann::json& provenance, const HashedNames& forgotten) {
  nlohmann::json files = saved.provenance;
  if (files.is_object()) {
    files.erase("forgotten");
  }
  return files == provenance && covers(forgotten_in(saved), forgotten);
}

bool reads_standard_input(const Config& config) {
  return std::ranges::any_of(config.sources, [](const SourceConfig& source) { return source.path == "-"; });
}

// The ids that the source's mapping files give; rows with other ids are dropped and counted.
Result<std::shared_ptr<arrow::Table>> with_project_ids(std::shared_ptr<arrow::Table> table, const SourceConfig& source,
                                                       const fs::path& folder, QualityReport& quality) {
  for (const auto& [side, given] : source.ids) {
    HAINA_TRY(const fs::path path, id_map_path(given, folder, source.place));
    HAINA_TRY(const IdMap map, read_id_map(path));
    const auto dropped = [&](std::string_view id) {
      quality.count("row with an id outside the mapping dropped", source.name,
                    [&] { return fmt::format("{} {}", side, id); });
    };
    HAINA_TRY(table,
              rewrite_ids(table, source, side == "user" ? Side::kUser : Side::kItem, map, Unmapped::kDrop, dropped));
  }
  return table;
}

constexpr size_t kRejectsInReport = 5;

nlohmann::json report_of(const SourceConfig& source, const ReadResult& read) {
  nlohmann::json rejects = nlohmann::json::array();
  for (size_t i = 0; i < std::min(kRejectsInReport, read.first_rejects.size()); ++i) {
    const Reject& reject = read.first_rejects[i];
    rejects.push_back(fmt::format("{}: {}", place_of(reject), reject.message));
  }
  return {{"name", source.name},
          {"kind", to_string(source.kind)},
          {"read", read.read},
          {"accepted", read.accepted},
          {"rejected", read.rejected},
          {"rejects", rejects},
          {"dropped", 0},
          {"detected", read.detected}};
}

int64_t rows_of(const std::shared_ptr<arrow::Table>& table) { return table == nullptr ? 0 : table->num_rows(); }

// Rows that were read well and are left out for their ids are not accepted: accepted + rejected + dropped = read. Where
// rows of the file hold several items, `dropped` counts items and `accepted` stays the number of rows.
void count_dropped(int64_t dropped, bool rows_hold_one, nlohmann::json& report) {
  report["dropped"] = report.at("dropped").get<int64_t>() + dropped;
  report["accepted"] = report.at("accepted").get<int64_t>() - (rows_hold_one ? dropped : 0);
}

// Drops rows of unknown orders and of missing ids. rows_hold_one[i]: of sources[i], which are the tables'.
Status drop_rows_by_id(std::span<const SourceConfig> sources, const std::vector<bool>& rows_hold_one,
                       std::vector<SourceTable>& tables, QualityReport& quality) {
  std::map<const SourceConfig*, int64_t> before;
  for (const SourceTable& table : tables) {
    before[table.config] = rows_of(table.table);
  }
  HAINA_OK(join_orders(tables, quality));
  HAINA_OK(drop_missing_ids(tables, quality));
  for (const SourceTable& table : tables) {
    const auto place = static_cast<size_t>(table.config - sources.data());
    count_dropped(before.at(table.config) - rows_of(table.table), rows_hold_one[place], quality.sources[place]);
  }
  return ok();
}

// A header without rows is right for a new shop, and a mistake elsewhere: said, and kept in the report.
void note_empty(const SourceConfig& source, const ReadResult& read, QualityReport& quality) {
  if (read.read == 0 && read.detected.contains("no_rows")) {
    const std::string file = read.detected.at("no_rows");
    quality.count("no rows, the source is empty", source.name, file);
    log_warning(
        fmt::format("{}: no rows: source '{}' is empty\n  hint: right for a new shop; else check the delimiter "
                    "and the header line",
                    file, source.name));
  }
}

// Ids and categories that are pieces of lists, "[384": what the rows say is lost, so it is said, and kept in the
// report.
void note_brackets(const SourceConfig& source, const ReadResult& read, QualityReport& quality) {
  const nlohmann::json columns = read.detected.contains("brackets") ? read.detected.at("brackets") : nlohmann::json();
  for (const auto& [name, found] : columns.items()) {
    const auto first = found.at("first").get<std::string>();
    const std::string what = fmt::format("'{}' that begins or ends with a bracket taken as it stands", name);
    quality.rules.push_back({what, source.name, found.at("cells").get<int64_t>(), {first}});
    const std::string write = name == "item" ? "item = \"HEADER:list\""
                              : std::ranges::find(source.columns, name, &ColumnConfig::role) == source.columns.end()
                                  ? name + " = \"tags:list\""
                                  : "one id a row";
    log_warning(
        fmt::format("{}: source '{}': {} cells of '{}' begin or end with a bracket ('{}')\n  hint: if they are "
                    "lists, write {}",
                    source.place, source.name, found.at("cells").get<int64_t>(), name, first, write));
  }
}

// Bad rows are written to rejects/NAME.csv; the live rows of a source have a file of their own.
Result<ReadResult> read_one(const Config& config, const SourceConfig& source, const PrepareOptions& options,
                            FeatureCache& media) {
  const std::string rejects = source.name + (source.live ? ".live" : "") + ".csv";
  const ReadOptions read = {.base = config.folder,
                            .rejects_file = config.output_folder() / "rejects" / rejects,
                            .stop = options.stop,
                            .progress = options.progress};
  if (source.kind == SourceKind::kMedia) {
    return read_media(source, media, read);
  }
  return read_source(source, read);
}

}  // namespace

bool files_have_changed(const Config& config, const Dataset& dataset) {
  const Result<nlohmann::json> now = provenance_of(config);
  return now && !reads_standard_input(config) && !is_up_to_date(dataset, *now, {});
}

Result<Dataset> run_prepare(const Config& config, const PrepareOptions& options) {
  for (const SourceConfig& source : config.sources) {
    HAINA_OK(check_format(source));
  }
  HAINA_TRY(const nlohmann::json provenance, provenance_of(config));
  HAINA_TRY(const HashedNames forgotten, forgotten_in_project(config));
  if (!reads_standard_input(config)) {
    if (Result<Dataset> saved = load_dataset(config.prepared_folder());
        saved && is_up_to_date(*saved, provenance, forgotten)) {
      return saved;
    }
  }
  std::error_code code;
  fs::create_directories(config.output_folder(), code);
  HAINA_TRY(const FileLock lock,
            FileLock::take(config.output_folder() / "prepare.lock", "another haina prepare is at work on this project",
                           "wait until it has ended"));
  Progress& progress = options.progress != nullptr ? *options.progress : no_progress();
  QualityReport quality;
  std::vector<SourceTable> tables;
  std::vector<SourceConfig> sources;       // with the columns that networks add
  sources.reserve(config.sources.size());  // the tables point to them
  TextNetworks networks;
  std::vector<bool> rows_hold_one;
  FeatureCache media = FeatureCache::load(config.output_folder() / "media-features.safetensors");
  for (const SourceConfig& source : config.sources) {
    progress.line("read " + source.name);
    HAINA_TRY(ReadResult read, read_one(config, source, options, media));
    sources.push_back(source);
    if (source.kind != SourceKind::kMedia && !source.encode.empty()) {
      HAINA_TRY(read.detected["encoded"],
                encode_texts(sources.back(), read.table, networks, media,
                             {.base = config.folder, .stop = options.stop, .progress = options.progress}));
    }
    quality.sources.push_back(report_of(source, read));
    note_empty(source, read, quality);
    note_brackets(source, read, quality);
    HAINA_TRY(auto table, with_project_ids(read.table, source, config.folder, quality));
    rows_hold_one.push_back(rows_of(read.table) == read.accepted);
    count_dropped(rows_of(read.table) - rows_of(table), rows_hold_one.back(), quality.sources.back());
    if (!source.live) {
      HAINA_TRY(table, without_users(table, forgotten));
    }
    if (source.history) {
      HAINA_TRY(table, without_repeated_history(table, source));
    }
    tables.push_back({&sources.back(), table});
  }
  HAINA_OK(media.save());
  HAINA_OK(drop_rows_by_id(sources, rows_hold_one, tables, quality));
  HAINA_OK(align_sources(config, tables, quality));
  HAINA_OK(make_ids_meet(tables, quality));
  HAINA_OK(drop_forgotten(tables, forgotten));  // again: an id may have been written in another way
  HAINA_OK(shuffle_tables(static_cast<uint64_t>(config.clean.shuffle_seed), tables));
  HAINA_TRY(Dataset dataset, assemble(config, std::move(tables), quality));
  if (dataset.events.size() == 0) {
    log_warning(
        "no event in any source\n  hint: right for a new shop; if a file holds events, give its source kind = "
        "\"events\" and name the columns of user and item");
  }
  dataset.provenance = provenance;
  if (!forgotten.empty()) {
    set_forgotten_in(dataset, forgotten);
    remove_forgotten_names(dataset.quality, forgotten);
  }
  HAINA_OK(save_dataset(dataset, config.prepared_folder()));
  return dataset;
}

}  // namespace haina
