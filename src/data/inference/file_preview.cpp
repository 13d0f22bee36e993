#include "data/inference/file_preview.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/ipc/api.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "data/parse_cell.h"
#include "data/io/byte_stream.h"
#include "data/formats/json.h"
#include "base/utf8.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr size_t kLook = 4 << 20;  // bytes of a file that are looked at
constexpr size_t kRows = 2000;

bool is_number(const std::string& cell) { return parse_number(trimmed(cell)).has_value(); }

Error not_readable(const fs::path& path, std::string what) {
  return {ErrorCode::kBadData, std::move(what), path.string(),
          "delimited text, JSON, Parquet, Arrow and .npy can be read, also as .gz and .zst"};
}

std::string text_of(const nlohmann::json& value) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  if (value.is_array()) {
    std::string text;
    for (const nlohmann::json& part : value) {
      text += (text.empty() ? "" : " ") + text_of(part);
    }
    return text;
  }
  return value.is_null() ? "" : value.dump();
}

// Objects with whatever keys each has become rows of the union of all keys.
class ObjectRows {
 public:
  explicit ObjectRows(Look& look) : look_(look) {}
  void add(const std::string& name, const nlohmann::json& value, std::vector<std::string>& row) {
    const auto [found, fresh] = places_.emplace(name, look_.columns.size());
    if (fresh) {
      look_.columns.push_back({.name = name, .recbole_type = "", .list = ListKind::kNone});
    }
    if (value.is_array() && !value.empty()) {
      look_.columns[found->second].list = value.front().is_number_float() ? ListKind::kNumbers : ListKind::kWords;
    }
    row.resize(look_.columns.size());
    row[found->second] = text_of(value);
  }
  void add_object(const nlohmann::json& object, std::vector<std::string> row) {
    for (const auto& [key, value] : object.items()) {
      add(key, value, row);
    }
    look_.rows.push_back(std::move(row));
  }
  void finish() {
    for (std::vector<std::string>& row : look_.rows) {
      row.resize(look_.columns.size());
    }
  }

 private:
  Look& look_;
  std::map<std::string, size_t> places_;
};

void look_at_json_lines(std::string_view text, Look& look) {
  ObjectRows rows(look);
  for (size_t at = 0; at < text.size() && look.rows.size() < kRows;) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const nlohmann::json object = nlohmann::json::parse(text.substr(at, end - at), nullptr, false);
    if (object.is_object()) {
      rows.add_object(object, {});
    }
    at = end + 1;
  }
  rows.finish();
}

// The elements at depth one of a document that may be cut off: parsed one by one, the last, unfinished one left out.
void look_at_json_document(std::string_view text, Look& look) {
  ObjectRows rows(look);
  const size_t open = text.find_first_of("[{");
  const bool keyed = open != std::string_view::npos && text[open] == '{';
  int depth = 0;
  bool quoted = false;
  size_t begin = open + 1;
  const auto element = [&](size_t end) {
    const std::string_view piece = trimmed(text.substr(begin, end - begin));
    const nlohmann::json parsed =
        nlohmann::json::parse(keyed ? fmt::format("{{{}}}", piece) : std::string(piece), nullptr, false);
    if (keyed && parsed.is_object() && parsed.size() == 1) {
      std::vector<std::string> row;
      rows.add("#key", parsed.begin().key(), row);
      if (parsed.begin()->is_object()) {
        rows.add_object(*parsed.begin(), std::move(row));
      } else {
        rows.add("#value", *parsed.begin(), row);
        look.rows.push_back(std::move(row));
      }
    } else if (!keyed && parsed.is_object()) {
      rows.add_object(parsed, {});
    }
    begin = end + 1;
  };
  for (size_t i = open == std::string_view::npos ? text.size() : open; i < text.size() && look.rows.size() < kRows;
       ++i) {
    const char c = text[i];
    if (quoted) {
      i += c == '\\' ? 1 : 0;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      if (--depth == 0) {
        element(i);
        break;
      }
    } else if (c == ',' && depth == 1) {
      element(i);
    }
  }
  rows.finish();
}

Status look_at_table(const fs::path& path, const std::string& format, Look& look) {
  const auto read = [&]() -> arrow::Result<std::shared_ptr<arrow::Table>> {
    ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::ReadableFile::Open(path.string()));
    if (format == "parquet") {
      ARROW_ASSIGN_OR_RAISE(const auto reader, parquet::arrow::OpenFile(file, arrow::default_memory_pool()));
      if (reader->num_row_groups() == 0) {
        return arrow::Status::Invalid("no rows");
      }
      return reader->ReadRowGroup(0);
    }
    if (auto reader = arrow::ipc::RecordBatchFileReader::Open(file); reader.ok()) {
      ARROW_ASSIGN_OR_RAISE(const auto batch, (*reader)->ReadRecordBatch(0));
      return arrow::Table::FromRecordBatches({batch});
    }
    ARROW_RETURN_NOT_OK(file->Seek(0));
    ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchStreamReader::Open(file));
    ARROW_ASSIGN_OR_RAISE(const auto batch, reader->Next());
    return batch == nullptr ? arrow::Result<std::shared_ptr<arrow::Table>>(arrow::Status::Invalid("no rows"))
                            : arrow::Table::FromRecordBatches({batch});
  };
  const auto table = read();
  if (!table.ok()) {
    return fail(not_readable(path, "cannot read it: " + table.status().message()));
  }
  const int64_t rows = std::min<int64_t>((*table)->num_rows(), kRows);
  look.rows.resize(static_cast<size_t>(rows));
  for (const auto& field : (*table)->schema()->fields()) {
    LookColumn column = {.name = field->name(), .recbole_type = "", .list = ListKind::kNone};
    const bool is_list = field->type()->num_fields() == 1 && field->type()->name().find("list") != std::string::npos;
    if (is_list) {
      column.list = arrow::is_floating(field->type()->field(0)->type()->id()) ? ListKind::kNumbers : ListKind::kWords;
    }
    const auto values = (*table)->GetColumnByName(field->name());
    for (int64_t r = 0; r < rows; ++r) {
      const auto scalar = values == nullptr
                              ? arrow::Result<std::shared_ptr<arrow::Scalar>>(arrow::Status::Invalid("twice"))
                              : values->GetScalar(r);
      look.rows[static_cast<size_t>(r)].push_back(scalar.ok() && (*scalar)->is_valid ? (*scalar)->ToString() : "");
    }
    look.columns.push_back(std::move(column));
  }
  return ok();
}

// Lines of "user item item …": whole numbers between blanks, lines of several lengths.
bool looks_like_lists(std::string_view text) {
  std::set<size_t> lengths;
  size_t lines = 0;
  for (size_t at = 0; at < text.size() && lines < 200; ++lines) {
    const size_t end = std::min(text.find('\n', at), text.size());
    size_t cells = 0;
    bool inside = false;
    for (const char c : text.substr(at, end - at)) {
      const bool blank = c == ' ' || c == '\t' || c == '\r';
      if (!blank && (c < '0' || c > '9')) {
        return false;
      }
      cells += !blank && !inside ? 1 : 0;
      inside = !blank;
    }
    lengths.insert(cells);
    at = end + 1;
  }
  return lines >= 3 && lengths.size() >= 2;
}

// Words above that are numbers below, that never come again, or of which one is a role's usual name.
bool has_header(const std::vector<std::vector<std::string>>& rows) {
  const std::vector<std::string>& first = rows.front();
  if (std::ranges::any_of(first, [](const std::string& cell) {
        return trimmed(cell).empty() || is_number(cell) || cell.size() > 200;
      })) {
    return false;
  }
  static const std::set<std::string> usual = {"user",      "item", "movie", "product", "rating", "time",
                                              "timestamp", "name", "title", "id",      "date"};
  for (size_t c = 0; c < first.size(); ++c) {
    std::string word = first[c].substr(0, first[c].find_first_of(":_"));
    std::ranges::transform(word, word.begin(), [](unsigned char x) { return static_cast<char>(std::tolower(x)); });
    size_t numbers = 0;
    size_t filled = 0;
    for (size_t r = 1; r < rows.size(); ++r) {
      filled += !rows[r][c].empty() ? 1 : 0;
      numbers += is_number(rows[r][c]) ? 1 : 0;
    }
    if (usual.contains(word) || (filled > 0 && 2 * numbers > filled)) {
      return true;
    }
  }
  for (size_t r = 1; r < rows.size(); ++r) {
    for (size_t c = 0; c < first.size(); ++c) {
      if (rows[r][c] == first[c]) {
        return false;
      }
    }
  }
  return true;
}

Status look_at_delimited(std::string_view text, const fs::path& path, Look& look) {
  look.dialect = guess_dialect(text);
  bool quoted = false;
  const auto scan = [&] {
    look.rows.clear();
    size_t open_quotes = 0;
    scan_delimited(text, look.dialect, [&](const DelimitedRow& row) {
      open_quotes += row.open_quote ? 1 : 0;
      quoted =
          quoted || row.raw.starts_with('"') || row.raw.find(look.dialect.delimiter + "\"") != std::string_view::npos;
      if (look.rows.empty() || row.cells.size() == look.rows.front().size()) {
        look.rows.push_back(row.cells);
      }
      return look.rows.size() <= kRows;
    });
    return open_quotes;
  };
  const bool by_comma = look.dialect.delimiter == "," || look.dialect.delimiter == ";";
  if (scan() > 0 || (!quoted && !by_comma)) {  // quotes are characters like others here
    look.dialect.quotes = false;
    scan();
  }
  if (look.rows.empty() || look.rows.front().size() < 2) {
    return fail(not_readable(path, "one column of text alone"));
  }
  look.header = has_header(look.rows);
  static const std::set<std::string> recbole = {"token", "token_seq", "float", "float_seq"};
  const std::vector<std::string> first = look.rows.front();
  const bool typed = look.header && std::ranges::all_of(first, [](const std::string& h) {
                       const size_t colon = h.find(':');
                       return colon != std::string::npos && recbole.contains(h.substr(colon + 1));
                     });
  if (typed && look.dialect.quotes) {  // RecBole writes no quotes: those in its cells are part of them
    look.dialect.quotes = false;
    scan();
  }
  for (size_t c = 0; c < first.size(); ++c) {
    const size_t colon = typed ? first[c].find(':') : std::string::npos;
    look.columns.push_back({.name = look.header ? first[c].substr(0, colon) : fmt::format("#{}", c + 1),
                            .recbole_type = typed ? first[c].substr(colon + 1) : "",
                            .list = ListKind::kNone});
  }
  if (look.header) {
    look.rows.erase(look.rows.begin());
  }
  return ok();
}

}  // namespace

Result<Look> look_at(const fs::path& path) {
  HAINA_TRY(const Bytes read, read_bytes(path, kLook));
  const std::string_view bytes = read.view();
  if (bytes.empty()) {
    return fail(not_readable(path, "the file is empty"));
  }
  Look look;
  if (bytes.starts_with("PAR1") || bytes.starts_with("ARROW1") || path.extension() == ".arrow" ||
      path.extension() == ".feather") {
    look.format = bytes.starts_with("PAR1") ? "parquet" : "arrow";
    HAINA_OK(look_at_table(path, look.format, look));
    return look;
  }
  if (bytes.starts_with("\x93NUMPY")) {
    look.format = "npy";
    look.columns = {{.name = "#row", .recbole_type = "", .list = ListKind::kNone},
                    {.name = "vector", .recbole_type = "", .list = ListKind::kNumbers}};
    return look;
  }
  const bool whole = bytes.size() < kLook;
  nlohmann::json seen = nlohmann::json::object();
  SourceConfig source;
  std::string decoded;
  HAINA_TRY(std::string_view text, decode_text(bytes, source, seen, decoded));
  look.encoding = seen.value("encoding", "");
  if (text.find('\0') != std::string::npos ||
      (!is_valid_utf8(text.substr(0, text.rfind('\n') + 1)) && look.encoding.empty())) {
    return fail(not_readable(path, "no text"));
  }
  if (!whole) {
    text = text.substr(0, std::max<size_t>(text.rfind('\n') + 1, 1));
  }
  const std::string_view body = trimmed(text);
  if (body.starts_with('{') || body.starts_with('[')) {
    look.format = looks_like_json_lines(text) ? "jsonl" : "json";
    look.format == "jsonl" ? look_at_json_lines(text, look) : look_at_json_document(text, look);
    if (!look.rows.empty()) {
      return look;
    }
    look = Look{.format = "", .encoding = look.encoding, .dialect = {}, .header = true, .columns = {}, .rows = {}};
  }
  if (looks_like_lists(text)) {
    look.format = "lists";
    look.columns = {{.name = "#1", .recbole_type = "", .list = ListKind::kNone},
                    {.name = "#2", .recbole_type = "", .list = ListKind::kNone}};
    return look;
  }
  look.format = "delimited";
  HAINA_OK(look_at_delimited(text, path, look));
  return look;
}

}  // namespace haina
