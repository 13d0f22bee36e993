#include "data/source_reader.h"

#include <fmt/format.h>

#include <set>

#include "base/suggest.h"
#include "data/cells.h"
#include "data/delimited.h"
#include "data/read_arrow.h"
#include "data/read_input.h"
#include "data/read_json.h"
#include "data/read_lists.h"
#include "data/read_npy.h"
#include "data/read_rows.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr size_t kMostColumns = 100000;

std::string without_type(const std::string& header) { return header.substr(0, header.find(':')); }

// For every configured column its place in the file.
Result<std::vector<size_t>> locate(const SourceConfig& source, const std::vector<std::string>& header, const std::string& file) {
  std::set<std::string> names;
  for (const std::string& name : header) {
    if (!names.insert(name).second) {
      return fail({ErrorCode::kBadData, fmt::format("two columns are called '{}'", name), file + ":1", "give each column its own name"});
    }
  }
  std::vector<size_t> places;
  for (const ColumnConfig& column : source.columns) {
    size_t place = header.size();
    for (size_t i = 0; i < header.size(); ++i) {
      if (header[i] == column.column || without_type(header[i]) == column.column) {
        place = i;
        break;
      }
    }
    if (place == header.size()) {
      std::vector<std::string> known;
      for (const std::string& name : header) {
        known.push_back(without_type(name));
      }
      const std::string hint = header.size() == 1 ? "; only one column was found: check the delimiter" : "";
      return fail({ErrorCode::kBadData, fmt::format("no column '{}' (asked for at {})", column.column, column.place), file + ":1",
                   did_you_mean(column.column, known) + hint});
    }
    places.push_back(place);
  }
  return places;
}

// A first row without any number, over rows that have one, is a header.
bool looks_like_header(std::string_view head, const Dialect& dialect) {
  bool first = true;
  bool number_above = false;
  bool number_below = false;
  scan_delimited(head, dialect, [&](const DelimitedRow& row) {
    const bool number = std::ranges::any_of(row.cells, [](const std::string& cell) { return parse_number(trimmed(cell)).has_value(); });
    (first ? number_above : number_below) |= number;
    first = false;
    return !number_above && !number_below;
  });
  return !number_above && number_below;
}

bool has_header(const SourceConfig& source, std::string_view head, const Dialect& dialect) {
  if (!source.header.empty()) {
    return source.header != "no";
  }
  const bool by_place = std::ranges::any_of(source.columns, [](const ColumnConfig& c) { return c.column.starts_with('#'); });
  return !by_place || looks_like_header(head, dialect);
}

Status read_delimited(std::string_view text, const std::string& file, RowSink& sink) {
  const SourceConfig& source = sink.source();
  std::string_view head = text.substr(0, 1 << 16);
  head = head.size() < text.size() ? head.substr(0, head.rfind('\n') + 1) : head;
  const std::string delimiter = source.delimiter.empty() && source.format == "tsv" ? "\t" : source.delimiter;
  Dialect dialect = delimiter.empty() ? guess_dialect(head) : Dialect{delimiter, true};
  dialect.quotes = source.quote != "none";
  const bool header = has_header(source, head, dialect);
  const bool by_place = !header || std::ranges::any_of(source.columns, [](const ColumnConfig& c) { return c.column.starts_with('#'); });
  sink.seen()["delimiter"] = dialect.delimiter;
  sink.seen()["header"] = header;
  std::vector<size_t> places;
  std::vector<Cell> cells;
  size_t width = 0;
  Status status = ok();
  scan_delimited(text, dialect, [&](const DelimitedRow& row) {
    if (places.empty()) {
      width = row.cells.size();
      std::vector<std::string> names = row.cells;
      for (size_t i = 0; by_place && i < width; ++i) {
        names[i] = fmt::format("#{}", i + 1);
      }
      auto located =
          width > kMostColumns ? fail({ErrorCode::kBadData, fmt::format("{} columns", width), file + ":1", "check the delimiter"}) : locate(source, names, file);
      if (!located) {
        status = fail(located.error());
        return false;
      }
      places = *located;
      cells.resize(places.size());
      if (header) {
        return true;
      }
    }
    const RowPlace place = {file, row.line, row.byte, row.raw};
    if (row.open_quote) {
      status = sink.refuse(place, "quote", "a quote opens and never closes");
    } else if (row.cells.size() != width) {
      status = sink.refuse(place, "ragged", fmt::format("{} cells where the first row has {}", row.cells.size(), width));
    } else {
      for (size_t i = 0; i < places.size(); ++i) {
        cells[i].text = row.cells[places[i]];
      }
      status = sink.add(place, cells, places);
    }
    return status.has_value();
  });
  return status;
}

const std::vector<std::string> kFormats = {"csv", "tsv", "delimited", "jsonl", "json", "parquet", "arrow", "npy", "lists"};

// What the first bytes say, then the name; "delimited" is what remains.
std::string guess_format(std::string_view bytes, const fs::path& path) {
  if (bytes.starts_with("PAR1")) {
    return "parquet";
  }
  if (bytes.starts_with("ARROW1")) {
    return "arrow";
  }
  if (bytes.starts_with("\x93NUMPY")) {
    return "npy";
  }
  fs::path name = path;
  if (name.extension() == ".gz" || name.extension() == ".zst") {
    name.replace_extension();
  }
  const std::string extension = name.extension().string();
  if (extension == ".jsonl" || extension == ".ndjson") {
    return "jsonl";
  }
  for (const auto& [known, format] : std::initializer_list<std::pair<const char*, const char*>>{
           {".json", "json"}, {".parquet", "parquet"}, {".arrow", "arrow"}, {".feather", "arrow"}, {".npy", "npy"}}) {
    if (extension == known) {
      return format;
    }
  }
  return "delimited";
}

Status read_one(std::string bytes, const std::string& file, RowSink& sink) {
  const SourceConfig& source = sink.source();
  const std::string format = source.format.empty() ? guess_format(bytes, file) : source.format;
  sink.seen()["format"] = format;
  if (format == "parquet") {
    return read_parquet(bytes, file, sink);
  }
  if (format == "arrow") {
    return read_arrow_ipc(bytes, file, sink);
  }
  if (format == "npy") {
    return read_npy(bytes, file, sink);
  }
  HAINA_TRY(const std::string text, decode_text(std::move(bytes), source, sink.seen()));
  if (format == "jsonl" || (format == "json" && source.format.empty() && looks_like_json_lines(text))) {
    sink.seen()["format"] = "jsonl";
    return read_json_lines(text, file, sink);
  }
  if (format == "json") {
    return read_json_document(text, file, sink);
  }
  return format == "lists" ? read_lists(text, file, sink) : read_delimited(text, file, sink);
}

}  // namespace

Result<ReadResult> read_source(const SourceConfig& given, const ReadOptions& options) {
  HAINA_TRY(const std::vector<fs::path> paths, expand_paths(given, options.base));
  if (!given.format.empty() && std::ranges::find(kFormats, given.format) == kFormats.end()) {
    return fail({ErrorCode::kUnsupported, fmt::format("format '{}' cannot be read", given.format), given.place, did_you_mean(given.format, kFormats)});
  }
  if (given.columns.empty()) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("source '{}' names no columns", given.name), given.place,
                 "write columns = { user = \"…\", item = \"…\" }, or run haina init"});
  }
  RowSink sink(given, options);
  const auto name_of = [](const fs::path& path) { return path == "-" ? std::string("standard input") : path.string(); };
  for (const fs::path& path : paths) {
    HAINA_TRY(std::string bytes, read_bytes(path));
    if (bytes.empty()) {
      return fail({ErrorCode::kBadData, "the file is empty", name_of(path), "export it again"});
    }
    HAINA_OK(read_one(std::move(bytes), name_of(path), sink));
  }
  return sink.finish(name_of(paths.front()));
}

}  // namespace haina
