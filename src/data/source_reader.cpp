#include "data/source_reader.h"

#include <fmt/format.h>

#include "base/suggest.h"
#include "data/read_arrow.h"
#include "data/read_delimited.h"
#include "data/read_input.h"
#include "data/read_json.h"
#include "data/read_lists.h"
#include "data/read_npy.h"
#include "data/read_rows.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

const std::vector<std::string> kFormats = {"csv",     "tsv",   "delimited", "jsonl", "json",
                                           "parquet", "arrow", "npy",       "lists"};

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

Status read_one(std::string_view bytes, const std::string& file, RowSink& sink) {
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
  std::string decoded;
  HAINA_TRY(const std::string_view text, decode_text(bytes, source, sink.seen(), decoded));
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

Result<ReadResult> read_source_bytes(const SourceConfig& source, std::string_view bytes, const std::string& name,
                                     const ReadOptions& options) {
  RowSink sink(source, options);
  HAINA_OK(read_one(bytes, name, sink));
  return sink.finish(name);
}

Result<ReadResult> read_source(const SourceConfig& given, const ReadOptions& options) {
  HAINA_TRY(const std::vector<fs::path> paths, expand_paths(given, options.base));
  if (!given.format.empty() && std::ranges::find(kFormats, given.format) == kFormats.end()) {
    return fail({ErrorCode::kUnsupported, fmt::format("format '{}' cannot be read", given.format), given.place,
                 did_you_mean(given.format, kFormats)});
  }
  if (given.columns.empty()) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("source '{}' names no columns", given.name), given.place,
                 "write columns = { user = \"…\", item = \"…\" }, or run haina init"});
  }
  RowSink sink(given, options);
  const auto name_of = [](const fs::path& path) { return path == "-" ? std::string("standard input") : path.string(); };
  for (const fs::path& path : paths) {
    HAINA_TRY(const Bytes bytes, read_bytes(path));
    if (bytes.view().empty()) {
      return fail({ErrorCode::kBadData, "the file is empty", name_of(path), "export it again"});
    }
    HAINA_OK(read_one(bytes.view(), name_of(path), sink));
  }
  return sink.finish(name_of(paths.front()));
}

}  // namespace haina
