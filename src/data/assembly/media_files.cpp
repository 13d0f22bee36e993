#include "data/assembly/media_files.h"

#include <fmt/format.h>

#include "data/io/byte_stream.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSlots[] = {"{item}", "{user}"};

}  // namespace

Result<ReadResult> list_media(const SourceConfig& source, const fs::path& base) {
  for (const std::string slot : kSlots) {
    const std::string pattern = fs::path(source.path).filename().string();
    const size_t at = pattern.find(slot);
    if (at == std::string::npos) {
      continue;
    }
    HAINA_TRY(const std::vector<fs::path> files, expand_paths(source, base));
    arrow::LargeStringBuilder ids, paths;
    ReadResult result;
    for (const fs::path& file : files) {
      const std::string name = file.filename().string();
      const std::string id = name.substr(at, name.size() + slot.size() - pattern.size());
      if (!ids.Append(id).ok() || !paths.Append(fs::absolute(file).string()).ok()) {
        return fail({ErrorCode::kIo, "out of memory", source.place, "free memory, or name fewer files"});
      }
      ++result.read;
      ++result.accepted;
    }
    const auto id_column = ids.Finish();
    const auto path_column = paths.Finish();
    if (!id_column.ok() || !path_column.ok()) {
      return fail({ErrorCode::kIo, "out of memory", source.place, "free memory, or name fewer files"});
    }
    result.table = arrow::Table::Make(arrow::schema({arrow::field(slot.substr(1, 4), arrow::large_utf8()),
                                                     arrow::field("path", arrow::large_utf8())}),
                                      {*id_column, *path_column});
    result.detected = {{"files", files.size()}};
    return result;
  }
  return fail({ErrorCode::kInvalidArgument,
               fmt::format("the path of media source '{}' names neither {{item}} nor {{user}}", source.name),
               source.place, "write where the id stands in the file's name: path = \"posters/{item}.jpg\""});
}

void add_media_field(const SourceTable& source, Dataset& dataset, QualityReport& quality) {
  const bool of_users = column_of(*source.table, "user") != nullptr;
  const Vocabulary& known = of_users ? dataset.users : dataset.items;
  const arrow::Array* const ids = column_of(*source.table, of_users ? "user" : "item");
  const arrow::Array* const paths = column_of(*source.table, "path");
  Field field;
  field.source = source.config->name;
  field.name = "path";
  field.side = of_users ? Side::kUser : Side::kItem;
  field.type = FieldType::kMedia;
  field.num_rows = known.size();
  field.texts.resize(static_cast<size_t>(known.size()));
  for (int64_t r = 0; r < ids->length(); ++r) {
    if (const auto row = known.find(text_at(ids, r))) {
      field.texts[static_cast<size_t>(*row)] = text_at(paths, r);
    } else {
      quality.count("file of an unknown id ignored", source.config->name,
                    [&] { return std::string(text_at(paths, r)); });
    }
  }
  dataset.fields.push_back(std::move(field));
}

}  // namespace haina
