// What the beginning of a file shows: its format, its columns, and some rows of them as text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/formats/csv_scanner.h"

namespace haina {

enum class ListKind { kNone, kWords, kNumbers };

struct PreviewColumn {
  std::string name;               // as haina.toml names it: from the header, or "#1" if there is no header
  std::string recbole_type = {};  // "token", "token_seq", "float" or "float_seq" of a typed header, else ""
  // Typed lists of JSON, Parquet and Arrow; the text of such a cell is its elements with blanks between.
  ListKind list = ListKind::kNone;
  std::vector<std::vector<std::string>> lists =
      {};                 // the elements of such cells, row by row; as long as rows, or empty
  std::string role = {};  // set if the format itself defines what the column is; else it is inferred
};

struct FilePreview {
  std::string format;                      // a name of formats.def
  std::string encoding = {};               // "" (UTF-8), or one of text_encodings() in config/text_encodings.h
  std::optional<Dialect> dialect = {};     // of delimited text alone
  std::optional<int64_t> skip_lines = {};  // of delimited text: lines above the header that are no rows
  bool header = true;                      // false: the columns have no names, only places
  bool in_time_order = false;  // whether the format keeps each user's items in the order in which they were used
  std::vector<PreviewColumn> columns = {};
  std::vector<std::vector<std::string>> rows = {};  // at most kPreviewRows, as wide as columns
  // Keys that [[source]] needs beside these, with their values as TOML: {"records", "\"data.items\""}.
  std::vector<std::pair<std::string, std::string>> settings = {};
  std::string part = {};                 // of a file with several kinds of records: which of them this is
  std::vector<FilePreview> others = {};  // the other kinds of records in the file; each is a source of its own
  std::vector<std::string> doubts = {};  // guesses of the format that may be wrong
};

inline constexpr size_t kPreviewRows = 2000;

}  // namespace haina
