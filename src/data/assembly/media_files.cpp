#include "data/assembly/media_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "data/assembly/build_fields.h"
#include "data/field_type.h"
#include "data/io/byte_stream.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr std::array kSlots = {std::pair{"{item}", Side::kItem}, std::pair{"{user}", Side::kUser}};
// Columns of the table of a media source that become fields.
constexpr std::array kMediaColumns = {
    std::pair{"picture", FieldType::kVector},       std::pair{"motion", FieldType::kVector},
    std::pair{"sound", FieldType::kVector},         std::pair{"picture_vector", FieldType::kVector},
    std::pair{"picture_pixels", FieldType::kImage}, std::pair{"sound_spectrogram", FieldType::kImage}};
constexpr const char* kWhere = "write where the id stands in the file's name: path = \"posters/{item}.jpg\"";

// A table with an id and a path in each row.
Result<MediaListing> listed_in_table(const SourceConfig& source, const ReadOptions& options) {
  const auto path_column =
      std::ranges::find_if(source.columns, [](const ColumnConfig& c) { return c.role.empty() && c.type == "text"; });
  const auto id_column =
      std::ranges::find_if(source.columns, [](const ColumnConfig& c) { return c.role == "item" || c.role == "user"; });
  if (path_column == source.columns.end() || id_column == source.columns.end()) {
    return fail({ErrorCode::kInvalidArgument,
                 fmt::format("the columns of media source '{}' name no id, or no column of paths", source.name),
                 source.place, "write columns = { item = \"ID\", FILE = \"text\" }, with the table's own headers"});
  }
  HAINA_TRY(const ReadResult read, read_source(source, options));
  HAINA_TRY(const std::vector<fs::path> tables, expand_paths(source, options.base));
  MediaListing listing = {.side = id_column->role == "user" ? Side::kUser : Side::kItem};
  const arrow::Array* const ids = column_of(*read.table, id_column->role);
  const arrow::Array* const paths = column_of(*read.table, path_column->column);
  for (int64_t r = 0; r < read.table->num_rows(); ++r) {
    const fs::path path = std::string(text_at(paths, r));
    if (!path.empty()) {
      listing.files.push_back(
          {std::string(text_at(ids, r)), path.is_absolute() ? path : tables.front().parent_path() / path});
    }
  }
  return listing;
}

// The rows of the dataset that a table's rows belong to; unknown ids are counted.
std::vector<int32_t> rows_of_ids(const SourceTable& source, const arrow::Array& ids, const arrow::Array* paths,
                                 const Vocabulary& known, QualityReport& quality) {
  std::vector<int32_t> rows;
  for (int64_t r = 0; r < ids.length(); ++r) {
    rows.push_back(known.find(text_at(&ids, r)).value_or(-1));
    if (rows.back() < 0) {
      quality.count("file of an unknown id ignored", source.config->name,
                    [&] { return std::string(text_at(paths, r)); });
    }
  }
  return rows;
}

// Rows that were put live came as a table of vectors, whose fields are there already: they count before the files.
void add_under_live_rows(Field field, Dataset& dataset) {
  const auto live = std::ranges::find_if(dataset.fields, [&](const Field& other) {
    return other.side == field.side && other.full_name() == field.full_name() && other.type == field.type;
  });
  if (live == dataset.fields.end()) {
    dataset.fields.push_back(std::move(field));
    return;
  }
  entry_of(field.type).join(*live, field);
  *live = std::move(field);
}

}  // namespace

Result<MediaPattern> MediaPattern::parse(const SourceConfig& source, const std::string& name) {
  for (const auto& [slot, side] : kSlots) {
    if (const size_t at = name.find(slot); at != std::string::npos) {
      MediaPattern pattern;
      pattern.side_ = side;
      pattern.before_ = name.substr(0, at);
      pattern.after_ = name.substr(at + std::string_view(slot).size());
      if (const size_t star = pattern.after_.find('*'); star != std::string::npos) {
        pattern.has_star_ = true;
        pattern.rest_ = pattern.after_.substr(star + 1);
        pattern.after_.resize(star);
      }
      return pattern;
    }
  }
  return fail({ErrorCode::kInvalidArgument,
               fmt::format("the path of media source '{}' names neither {{item}} nor {{user}}", source.name),
               source.place, kWhere});
}

std::optional<std::string> MediaPattern::id_of(std::string_view name) const {
  if (!name.starts_with(before_) || !name.ends_with(has_star_ ? rest_ : after_)) {
    return std::nullopt;
  }
  name.remove_prefix(before_.size());
  const std::string_view last = has_star_ ? rest_ : after_;
  if (name.size() < last.size()) {
    return std::nullopt;
  }
  name.remove_suffix(last.size());
  if (has_star_) {
    const size_t at = name.rfind(after_);
    if (at == std::string_view::npos) {
      return std::nullopt;
    }
    name = name.substr(0, at);
  }
  return name.empty() ? std::nullopt : std::optional<std::string>(name);
}

Result<MediaListing> list_media(const SourceConfig& source, const ReadOptions& options) {
  if (!source.columns.empty()) {
    return listed_in_table(source, options);
  }
  HAINA_TRY(const std::vector<fs::path> files, expand_paths(source, options.base));
  if (const std::string members = members_pattern(source, options.base); !members.empty()) {
    HAINA_TRY(const MediaPattern pattern, MediaPattern::parse(source, members));
    return MediaListing{.side = pattern.side(), .archive = files.front(), .pattern = pattern};
  }
  HAINA_TRY(const MediaPattern pattern, MediaPattern::parse(source, fs::path(source.path).filename().string()));
  MediaListing listing = {.side = pattern.side(), .pattern = pattern};
  for (const fs::path& file : files) {
    if (const std::optional<std::string> id = pattern.id_of(file.filename().string())) {
      listing.files.push_back({*id, file});
    }
  }
  return listing;
}

void add_media_fields(const SourceTable& source, Dataset& dataset, QualityReport& quality) {
  const bool of_users = column_of(*source.table, "user") != nullptr;
  const Vocabulary& known = of_users ? dataset.users : dataset.items;
  const arrow::Array* const ids = column_of(*source.table, of_users ? "user" : "item");
  const arrow::Array* const paths = column_of(*source.table, "path");
  if (ids == nullptr) {
    return;
  }
  const std::vector<int32_t> rows = rows_of_ids(source, *ids, paths, known, quality);
  const Side side = of_users ? Side::kUser : Side::kItem;
  Field files = new_field(*source.config, "path", side, FieldType::kMedia, known.size());
  files.texts.resize(static_cast<size_t>(known.size()));
  for (size_t r = 0; r < rows.size(); ++r) {
    if (rows[r] >= 0) {
      files.texts[static_cast<size_t>(rows[r])] = text_at(paths, static_cast<int64_t>(r));
    }
  }
  dataset.fields.push_back(std::move(files));
  for (const auto& [part, type] : kMediaColumns) {
    if (const arrow::Array* const cells = column_of(*source.table, part)) {
      Field field = new_field(*source.config, part, side, type, known.size());
      entry_of(type).from_column({.cells = *cells, .rows = rows, .label = {}}, field);
      add_under_live_rows(std::move(field), dataset);
    }
  }
}

}  // namespace haina
