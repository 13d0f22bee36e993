#include "data/formats/read_source.h"

#include <fmt/format.h>

#include <map>

#include "base/suggest.h"
#include "data/formats/parquet_arrow.h"
#include "data/formats/csv.h"
#include "data/io/byte_stream.h"
#include "data/formats/json.h"
#include "data/formats/item_lists.h"
#include "data/formats/npy.h"
#include "data/formats/text_format.h"

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

// How a format of text is read piece by piece; nothing for all others. `head` is the text's begin.
MakeTextReader text_reader_of(const std::string& format, const SourceConfig& source, std::string_view head) {
  if (format == "jsonl" || (format == "json" && source.format.empty() && looks_like_json_lines(head))) {
    return json_lines_reader;
  }
  const bool typed = format == "parquet" || format == "arrow" || format == "npy" || format == "json";
  return typed ? nullptr : format == "lists" ? lists_reader : delimited_reader;
}

// A file in memory.
Status read_whole(std::string_view bytes, const std::string& file, RowSink& sink) {
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
  const MakeTextReader make = text_reader_of(format, source, text);
  if (make == nullptr) {
    return read_json_document(text, file, sink);
  }
  sink.seen()["format"] = make == json_lines_reader ? "jsonl" : format;
  const std::unique_ptr<TextReader> reader = make(file, sink);
  HAINA_OK(reader->read(text, true));
  return reader->finish();
}

// A file of text, window by window. False where it turned out not to be the UTF-8 that it was taken for.
Result<bool> read_windows(TextStream& stream, MakeTextReader make, const std::string& file, size_t window,
                          RowSink& sink) {
  const std::unique_ptr<TextReader> reader = make(file, sink);
  const int64_t invalid = sink.invalid_texts();
  for (size_t room = window;;) {
    HAINA_TRY(const std::string_view text, stream.text(room));
    const bool last = stream.at_end();
    HAINA_TRY(const size_t taken, reader->read(text, last));
    if (!stream.encoding() && sink.invalid_texts() > invalid) {
      return false;
    }
    if (last) {
      HAINA_OK(reader->finish());
      return true;
    }
    stream.drop(taken);
    room = taken == 0 ? 2 * text.size() : window;
  }
}

// By all of its lines.
Result<Encoding> settle_encoding(const fs::path& path, const SourceConfig& source, size_t window) {
  HAINA_TRY(TextStream stream, TextStream::open(path, source, Encoding::kUtf8));
  EncodingCensus census;
  for (bool last = false; !last;) {
    HAINA_TRY(const std::string_view text, stream.text(window));
    last = stream.at_end();
    const size_t line_end = last ? std::string_view::npos : text.rfind('\n');
    const size_t taken = line_end == std::string_view::npos ? text.size() : line_end + 1;  // or a part of a long line
    census.add(text.substr(0, taken));
    stream.drop(taken);
  }
  return census.verdict();
}

// Into `sink`; or, where the text's encoding must be known first, what it is.
Result<std::optional<Encoding>> read_file(const fs::path& path, std::optional<Encoding> settled,
                                          const ReadOptions& options, RowSink& sink) {
  const SourceConfig& source = sink.source();
  const std::string file = path == "-" ? "standard input" : path.string();
  const Error empty = {ErrorCode::kBadData, "the file is empty", file, "export it again"};
  std::error_code code;
  if (fs::is_regular_file(path, code)) {
    HAINA_TRY(TextStream stream, TextStream::open(path, source, settled));
    if (stream.head().empty()) {
      return fail(empty);
    }
    const std::string format = source.format.empty() ? guess_format(stream.head(), path) : source.format;
    HAINA_TRY(const std::string_view begin, stream.text(options.window));
    if (const MakeTextReader make = text_reader_of(format, source, begin)) {
      sink.seen()["format"] = make == json_lines_reader ? "jsonl" : format;
      if (stream.encoding().value_or(Encoding::kUtf8) != Encoding::kUtf8) {
        sink.seen()["encoding"] = to_string(*stream.encoding());
      }
      HAINA_TRY(const bool done, read_windows(stream, make, file, options.window, sink));
      if (done) {
        return std::optional<Encoding>();
      }
      HAINA_TRY(const Encoding encoding, settle_encoding(path, source, options.window));
      return std::optional(encoding);
    }
  }
  HAINA_TRY(const Bytes bytes, read_bytes(path));
  if (bytes.view().empty()) {
    return fail(empty);
  }
  HAINA_OK(read_whole(bytes.view(), file, sink));
  return std::optional<Encoding>();
}

}  // namespace

Result<ReadResult> read_source_bytes(const SourceConfig& source, std::string_view bytes, const std::string& name,
                                     const ReadOptions& options) {
  RowSink sink(source, options);
  HAINA_OK(read_whole(bytes, name, sink));
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
  std::map<fs::path, Encoding> settled;
  while (true) {
    RowSink sink(given, options);
    bool again = false;
    for (const fs::path& path : paths) {
      const auto known = settled.find(path);
      HAINA_TRY(const std::optional<Encoding> encoding,
                read_file(path, known == settled.end() ? std::nullopt : std::optional(known->second), options, sink));
      if (encoding) {
        settled[path] = *encoding;
        again = true;
        break;
      }
    }
    if (!again) {
      return sink.finish(paths.front() == "-" ? "standard input" : paths.front().string());
    }
  }
}

}  // namespace haina
