#include "data/formats/read_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "data/formats/format.h"
#include "data/io/byte_stream.h"
#include "data/io/partitions.h"
#include "data/io/text_stream.h"
#include "data/rows/row_sink.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

// The source's own format, or the one that the file shows.
Result<const FormatEntry*> format_of(const SourceConfig& source, const FileStart& start) {
  return source.format.empty() ? &detect_format(start) : find_format(source.format, source.place);
}

void note_encoding(Encoding encoding, RowSink& sink) {
  if (encoding != Encoding::kUtf8) {
    sink.detected()["encoding"] = to_string(encoding);
  }
}

// A file in memory. Binary formats are recognized before anything is decoded.
Status read_in_memory(std::string_view bytes, const std::string& file, RowSink& sink) {
  const SourceConfig& source = sink.source();
  HAINA_TRY(const FormatEntry* entry, format_of(source, file_start(file, bytes)));
  std::string storage;
  std::string_view content = bytes;
  if (entry->content == Content::kText) {
    HAINA_TRY(const DecodedText decoded, decode_text(bytes, source, storage));
    note_encoding(decoded.encoding, sink);
    content = decoded.text;
    HAINA_TRY(entry, format_of(source, file_start(file, bytes, content)));
  }
  sink.detected()["format"] = entry->name;
  if (entry->make_text_reader == nullptr) {
    return entry->read_whole(content, file, sink);
  }
  const std::unique_ptr<TextReader> reader = entry->make_text_reader(file, sink);
  HAINA_OK(reader->read(content, true));
  return reader->finish();
}

// Reads a text file window by window. False: the text was taken for UTF-8 and is not; its encoding must be detected
// from the whole file, and the file be read again.
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

// By all lines of the file.
Result<Encoding> detect_encoding(const fs::path& path, const SourceConfig& source, size_t window) {
  HAINA_TRY(TextStream stream, TextStream::open(path, source, Encoding::kUtf8));
  EncodingDetector detector;
  for (bool last = false; !last;) {
    HAINA_TRY(const std::string_view text, stream.text(window));
    last = stream.at_end();
    const size_t line_end = last ? std::string_view::npos : text.rfind('\n');
    const size_t taken = line_end == std::string_view::npos ? text.size() : line_end + 1;  // or a part of a long line
    detector.add(text.substr(0, taken));
    stream.drop(taken);
  }
  return detector.verdict();
}

// Reads a file into `sink`; one of many may be empty, as those of Spark often are. Returns an encoding if the file must
// be read again with it, into a new sink.
Result<std::optional<Encoding>> read_file(const fs::path& path, std::optional<Encoding> known,
                                          const ReadOptions& options, bool one_of_many, RowSink& sink) {
  const SourceConfig& source = sink.source();
  const std::string file = path == "-" ? "standard input" : path.string();
  const Error empty = {ErrorCode::kBadData, "the file is empty", file, "export it again"};
  std::error_code code;
  if (fs::is_regular_file(path, code)) {
    HAINA_TRY(TextStream stream, TextStream::open(path, source, known));
    if (stream.head().empty()) {
      return one_of_many ? Result<std::optional<Encoding>>(std::nullopt) : fail(empty);
    }
    HAINA_TRY(const std::string_view text, stream.text(options.window));
    HAINA_TRY(const FormatEntry* const entry, format_of(source, file_start(path, stream.head(), text)));
    if (entry->make_text_reader != nullptr) {
      sink.detected()["format"] = entry->name;
      note_encoding(stream.encoding().value_or(Encoding::kUtf8), sink);
      HAINA_TRY(const bool done, read_windows(stream, entry->make_text_reader, file, options.window, sink));
      if (done) {
        return std::optional<Encoding>();
      }
      HAINA_TRY(const Encoding encoding, detect_encoding(path, source, options.window));
      return std::optional(encoding);
    }
  }
  HAINA_TRY(const Bytes bytes, read_bytes(path));
  if (bytes.view().empty()) {
    return fail(empty);
  }
  HAINA_OK(read_in_memory(bytes.view(), file, sink));
  return std::optional<Encoding>();
}

// The source with the columns that the paths of all its files name moved to the end, and how many these are.
std::pair<SourceConfig, size_t> with_partitions_last(const SourceConfig& source, const std::vector<fs::path>& paths) {
  SourceConfig arranged = source;
  const auto in_every_path = [&](const ColumnConfig& column) {
    return std::ranges::all_of(paths, [&](const fs::path& path) {
      return std::ranges::any_of(partitions_of(path), [&](const auto& pair) { return pair.first == column.column; });
    });
  };
  const auto moved = std::ranges::stable_partition(arranged.columns, std::not_fn(in_every_path));
  const auto constants = static_cast<size_t>(std::ranges::distance(moved));
  return {std::move(arranged), constants == source.columns.size() ? 0 : constants};
}

// What the path says in the last columns of the source.
std::vector<std::string> constants_of(const SourceConfig& source, size_t constants, const fs::path& path) {
  std::vector<std::string> cells;
  for (size_t i = source.columns.size() - constants; i < source.columns.size(); ++i) {
    for (const auto& [name, value] : partitions_of(path)) {
      if (name == source.columns[i].column) {
        cells.push_back(value);
        break;
      }
    }
  }
  return cells;
}

// Without the columns that only chose rows.
Result<ReadResult> without_filters(const SourceConfig& source, Result<ReadResult> read) {
  if (!read) {
    return read;
  }
  for (int i = read->table->num_columns() - 1; i >= 0; --i) {
    if (source.columns[static_cast<size_t>(i)].role == "where") {
      const auto rest = read->table->RemoveColumn(i);
      HAINA_ASSERT(rest.ok());
      read->table = *rest;
    }
  }
  return read;
}

}  // namespace

Status check_format(const SourceConfig& source) {
  if (!source.format.empty()) {
    HAINA_OK(find_format(source.format, source.place));
  }
  return ok();
}

Result<ReadResult> read_source_bytes(const SourceConfig& source, std::string_view bytes, const std::string& name,
                                     const ReadOptions& options) {
  RowSink sink(source, options);
  HAINA_OK(read_in_memory(bytes, name, sink));
  return without_filters(source, sink.finish(name));
}

Result<ReadResult> read_source(const SourceConfig& source, const ReadOptions& options) {
  HAINA_TRY(const std::vector<fs::path> paths, expand_paths(source, options.base));
  HAINA_OK(check_format(source));
  if (source.columns.empty()) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("source '{}' names no columns", source.name), source.place,
                 "write columns = { user = \"…\", item = \"…\" }, or run haina init"});
  }
  const auto [arranged, num_constants] = with_partitions_last(source, paths);
  std::map<fs::path, Encoding> encodings;  // of files that turned out not to be UTF-8
  while (true) {
    RowSink sink(arranged, options);
    bool again = false;
    for (const fs::path& path : paths) {
      const auto known = encodings.find(path);
      if (num_constants > 0) {
        sink.set_constants(constants_of(arranged, num_constants, path));
      }
      HAINA_TRY(const std::optional<Encoding> encoding,
                read_file(path, known == encodings.end() ? std::nullopt : std::optional(known->second), options,
                          paths.size() > 1, sink));
      if (encoding) {
        encodings[path] = *encoding;
        again = true;
        break;
      }
    }
    if (!again) {
      return without_filters(arranged, sink.finish(paths.front() == "-" ? "standard input" : paths.front().string()));
    }
  }
}

}  // namespace haina
