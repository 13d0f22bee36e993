// Feeds bytes to the reader of one format and checks what every reader promises. Shared by the fuzzers and by the
// replay of their corpus.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/tensors_file.h"
#include "config/config.h"
#include "data/formats/format.h"
#include "data/formats/read_source.h"
#include "promise.h"

namespace haina {

// The configuration and models are read from files.
inline void read_file_of(const std::string& kind, std::string_view bytes) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("haina_fuzz_" + kind + std::to_string(::getpid()) + ".toml");
  std::ofstream(file, std::ios::binary) << bytes;
  if (kind == "config") {
    if (const auto config = load_config(file); !config) {
      promise_error(config.error());
    }
  } else if (const auto tensors = load_tensors(file); !tensors) {
    promise_error(tensors.error());
  }
  std::filesystem::remove(file);
}

// The columns that the format defines; else a column of every kind that a file may name.
inline std::vector<ColumnConfig> fuzz_columns(const FormatEntry& format) {
  const auto column = [](const std::string& name, const std::string& role, const std::string& type) {
    return ColumnConfig{
        .column = name, .role = role, .type = type, .separator = type == "tags" ? "|" : "", .place = "fuzz:1:1"};
  };
  std::vector<ColumnConfig> columns;
  for (const PreviewColumn& defined : format.columns) {
    columns.push_back(column(defined.name, defined.role, defined.role.empty() ? "vector" : ""));
  }
  if (columns.empty()) {
    columns = {column("user", "user", ""), column("item", "item", ""), column("value", "value", ""),
               column("time", "time", ""), column("tags", "", "tags")};
  }
  return columns;
}

// kind: a format's name | config | model
inline void read_any(const std::string& kind, std::string_view bytes) {
  if (kind == "config" || kind == "model") {
    read_file_of(kind, bytes);
    return;
  }
  const auto format = find_format(kind, "fuzz");
  promise(format.has_value(), "the format is known");
  SourceConfig source;
  source.name = "fuzz";
  source.kind = SourceKind::kEvents;
  source.format = kind;
  source.max_rejects = 1;
  source.columns = fuzz_columns(**format);
  const auto result = read_source_bytes(source, bytes, "fuzz", {});
  if (!result) {
    promise_error(result.error());
    return;
  }
  promise(result->accepted + result->rejected == result->read, "accepted + rejected = read");
  promise(result->table->num_rows() == result->accepted, "the table holds the accepted rows");
  promise(result->table->ValidateFull().ok(), "the table is valid");
}

}  // namespace haina
