// A look at the beginning of any file: what it is, what its columns are called, and some rows of them as text.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/formats/csv_scanner.h"

namespace haina {

enum class ListKind { kNone, kWords, kNumbers };

struct LookColumn {
  std::string name;          // as haina.toml would name it: the header's word, or "#1" where there is no header
  std::string recbole_type;  // "token", "token_seq", "float", "float_seq" of a typed header, else ""
  ListKind list =
      ListKind::kNone;  // typed lists of JSON, Parquet and Arrow; their cells hold the parts with blanks between
};

struct Look {
  std::string format;    // delimited | jsonl | json | parquet | arrow | npy | lists
  std::string encoding;  // "" (UTF-8) | latin-1 | utf-16
  Dialect dialect;       // of delimited text
  bool header = true;    // of delimited text
  std::vector<LookColumn> columns;
  std::vector<std::vector<std::string>> rows;  // at most 2,000, as wide as columns
};

// kBadData with place and reason where the file is none that can be read: a picture, a program, one column of text.
Result<Look> look_at(const std::filesystem::path& path);

}  // namespace haina
