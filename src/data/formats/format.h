// A file format: how it is recognized, previewed and read. One file and one line in formats.def each.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "data/formats/file_preview.h"
#include "data/formats/text_reader.h"
#include "data/rows/row_sink.h"

namespace haina {

// The beginning of a file, by which its format is recognized.
struct FileStart {
  std::filesystem::path path;  // of the file itself
  std::string extension;       // without .gz and .zst: ".json"
  std::string_view bytes;      // the first bytes, decompressed, not decoded
  std::string_view text = {};  // the same as UTF-8; empty if not decoded yet, or if the bytes are not text
};
FileStart file_start(const std::filesystem::path& path, std::string_view bytes, std::string_view text = {});

// How well a file fits a format, from the weakest evidence to the strongest.
enum class Match {
  kNo,
  kFallback,  // read so if nothing else fits
  kName,      // its extension is one of the format's
  kLikely,    // its content looks so. Used by previews, whose guess a person sees in haina.toml; a source without
              // `format` is not read by it
  kCertain    // its content shows it, as a magic number does
};

enum class Content {
  kBinary,
  kText  // decoded to UTF-8 before the format sees it, as the source's `encoding` or the bytes say
};

struct FormatEntry {
  std::string name;                          // as haina.toml says it: format = "parquet"
  std::string summary;                       // one line
  std::vector<std::string> extensions = {};  // ".parquet"; .gz and .zst may follow
  Content content = Content::kBinary;
  // By content alone; the registry compares the extensions. May read start.extension to tell relatives apart.
  Match (*sniff)(const FileStart& start);
  // Columns that the format defines; empty: each file names its own. Previews begin with them.
  std::vector<PreviewColumn> columns = {};
  // Adds columns and sample rows. `start` holds the first megabytes alone, cut at a line's end if they are text. An
  // error: the file is not of this format after all.
  Status (*preview)(const FileStart& start, FilePreview& preview);
  // One of the two: text in windows, or all of the file at once (decoded if it is text).
  MakeTextReader make_text_reader = nullptr;
  Status (*read_whole)(std::string_view content, const std::string& file, RowSink& sink) = nullptr;
};

// All entries, in the order of formats.def.
std::span<const FormatEntry> format_entries();
// kInvalidArgument with "did you mean" for an unknown name.
Result<const FormatEntry*> find_format(const std::string& name, const std::string& where);
// The entry that matches best, without guesses (Match::kLikely); of equals the first.
const FormatEntry& detect_format(const FileStart& start);
// For previews: the entries that match, guesses included, the best first. A certain match is the only one.
std::vector<const FormatEntry*> likely_formats(const FileStart& start);

// The error of a file that no format can read, for previews.
Error not_readable(const FileStart& start, std::string what);

}  // namespace haina
