#include "data/assembly/id_map.h"

#include <arrow/compute/api_vector.h>
#include <fmt/format.h>

#include "data/formats/csv_layout.h"
#include "data/formats/csv_scanner.h"
#include "data/io/byte_stream.h"
#include "data/parse_cell.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

Status put(IdMap& map, std::string from, const std::string& to, const std::string& where) {
  const auto [place, is_new] = map.try_emplace(std::move(from), to);
  if (!is_new && place->second != to) {
    return fail({ErrorCode::kBadData,
                 fmt::format("'{}' is mapped to '{}' and to '{}'", place->first, place->second, to), where,
                 "keep one of the two"});
  }
  return ok();
}

Result<IdMap> from_json(std::string_view text, const std::string& where) {
  const nlohmann::json object = nlohmann::json::parse(text, nullptr, false);
  const auto wrong = [&](const std::string& what) {
    return fail({ErrorCode::kBadData, what, where, "write {\"id in the source\": \"id in the project\", …}"});
  };
  if (!object.is_object()) {
    return wrong("the mapping is not a valid JSON object");
  }
  IdMap map;
  for (const auto& [from, to] : object.items()) {
    if (!to.is_string() && !to.is_number_integer()) {
      return wrong(fmt::format("'{}' is mapped to {}, which is not an id", from, to.dump().substr(0, 100)));
    }
    HAINA_OK(put(map, from, to.is_string() ? to.get<std::string>() : to.dump(), where));
  }
  return map;
}

Result<IdMap> from_columns(std::string_view text, const std::string& where) {
  IdMap map;
  Status status = ok();
  scan_delimited(text, find_csv_layout(text, SourceConfig()).dialect, [&](const DelimitedRow& row) {
    const std::string line = fmt::format("{}:{}", where, row.line);
    if (row.cells.size() != 2) {
      status = fail({ErrorCode::kBadData, fmt::format("{} cells instead of two ids", row.cells.size()), line,
                     "write two columns, or a JSON object"});
    } else {
      status = put(map, std::string(trimmed(row.cells[0])), std::string(trimmed(row.cells[1])), line);
    }
    return status.has_value();
  });
  HAINA_OK(status);
  return map;
}

}  // namespace

Result<fs::path> id_map_path(const std::string& given, const fs::path& base, const std::string& where) {
  HAINA_TRY(const std::string expanded, expand_environment(given, where));
  return fs::path(expanded).is_absolute() ? fs::path(expanded) : base / expanded;
}

Result<IdMap> read_id_map(const fs::path& path) {
  HAINA_TRY(const Bytes bytes, read_bytes(path));
  const std::string_view text = bytes.view();
  const size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == std::string::npos) {
    return fail({ErrorCode::kBadData, "the mapping is empty", path.string(), "write a JSON object or two columns"});
  }
  return text[first] == '{' ? from_json(text.substr(first), path.string()) : from_columns(text, path.string());
}

Result<std::shared_ptr<arrow::Table>> rewrite_ids(const std::shared_ptr<arrow::Table>& table,
                                                  const SourceConfig& source, Side side, const IdMap& map,
                                                  Unmapped unmapped,
                                                  const std::function<void(std::string_view)>& dropped) {
  std::vector<std::string> roles = {side == Side::kUser ? "user" : "item"};
  if ((side == Side::kUser && source.kind == SourceKind::kSocial) ||
      (side == Side::kItem && source.kind == SourceKind::kLinks)) {
    roles.emplace_back("other");
  }
  std::vector<bool> keep(static_cast<size_t>(table->num_rows()), true);
  bool all = true;
  const auto rewrite = [&]() -> arrow::Result<std::shared_ptr<arrow::Table>> {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Table> result, table->CombineChunks());
    for (const std::string& role : roles) {
      const int place = result->schema()->GetFieldIndex(role);
      if (place < 0 || result->num_rows() == 0) {
        continue;
      }
      const auto& ids = static_cast<const arrow::DictionaryArray&>(*result->column(place)->chunk(0));
      const auto& names = static_cast<const arrow::LargeStringArray&>(*ids.dictionary());
      std::vector<bool> unknown(static_cast<size_t>(names.length()), false);
      arrow::LargeStringBuilder builder;
      for (int64_t code = 0; code < names.length(); ++code) {
        const std::string name(names.GetView(code));
        const auto found = map.find(name);
        unknown[static_cast<size_t>(code)] = found == map.end() && unmapped == Unmapped::kDrop;
        ARROW_RETURN_NOT_OK(builder.Append(found == map.end() ? name : found->second));
      }
      for (int64_t r = 0; r < ids.length(); ++r) {
        if (!ids.IsNull(r) && unknown[static_cast<size_t>(ids.GetValueIndex(r))] && keep[static_cast<size_t>(r)]) {
          keep[static_cast<size_t>(r)] = all = false;
          dropped(text_at(&ids, r));
        }
      }
      ARROW_ASSIGN_OR_RAISE(const auto renamed, builder.Finish());
      ARROW_ASSIGN_OR_RAISE(const auto array, arrow::DictionaryArray::FromArrays(ids.type(), ids.indices(), renamed));
      ARROW_ASSIGN_OR_RAISE(
          result, result->SetColumn(place, result->field(place), std::make_shared<arrow::ChunkedArray>(array)));
    }
    if (all) {
      return result;
    }
    arrow::BooleanBuilder kept;
    ARROW_RETURN_NOT_OK(kept.AppendValues(keep));
    ARROW_ASSIGN_OR_RAISE(const auto mask, kept.Finish());
    ARROW_ASSIGN_OR_RAISE(const arrow::Datum filtered, arrow::compute::Filter(result, mask));
    return filtered.table()->CombineChunks();
  };
  const auto rewritten = rewrite();
  if (!rewritten.ok()) {
    return fail({ErrorCode::kBadData, rewritten.status().message(), source.place,
                 "free some memory, or read fewer rows at once"});
  }
  return *rewritten;
}

}  // namespace haina
