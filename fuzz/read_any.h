// Feeds bytes to the reader of one format and holds it to what every reader promises. Shared by the fuzzers and by the
// replay of their corpus.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/tensors_file.h"
#include "config/config.h"
#include "data/formats/read_source.h"

namespace haina {

inline void promise(bool kept, const char* what) {
  if (!kept) {
    std::fprintf(stderr, "a reader broke its promise: %s\n", what);
    std::abort();
  }
}

inline void promise_error(const Error& error) {
  promise(!error.what.empty() && !error.mend.empty(), "every error says what is wrong and how to mend it");
}

// format: csv | jsonl | json | parquet | arrow | npy | lists | config | model
inline void read_any(const std::string& format, std::string_view bytes) {
  if (format == "config" || format == "model") {
    // Both are read from files.
    const std::filesystem::path file =
        std::filesystem::temp_directory_path() / ("haina_fuzz_" + format + std::to_string(::getpid()) + ".toml");
    std::ofstream(file, std::ios::binary) << bytes;
    if (format == "config") {
      if (const auto config = load_config(file); !config) {
        promise_error(config.error());
      }
    } else if (const auto tensors = load_tensors(file); !tensors) {
      promise_error(tensors.error());
    }
    std::filesystem::remove(file);
    return;
  }
  SourceConfig source;
  source.name = "fuzz";
  source.kind = SourceKind::kEvents;
  source.format = format == "csv" ? "delimited" : format;
  source.max_rejects = 1;
  const auto column = [](const char* name, const char* role, const char* type) {
    return ColumnConfig{.column = name,
                        .role = role,
                        .type = type,
                        .separator = std::string_view(type) == "tags" ? "|" : "",
                        .place = "fuzz:1:1"};
  };
  if (format == "npy") {
    source.columns = {column("#row", "item", ""), column("vector", "", "vector")};
  } else if (format == "lists") {
    source.columns = {column("#1", "user", ""), column("#2", "item", "")};
  } else {
    source.columns = {column("user", "user", ""), column("item", "item", ""), column("value", "value", ""),
                      column("time", "time", ""), column("tags", "", "tags")};
  }
  const auto result =
      read_source_bytes(source, bytes, "fuzz", {.base = {}, .rejects_file = {}, .stop = nullptr, .progress = nullptr});
  if (!result) {
    promise_error(result.error());
    return;
  }
  promise(result->accepted + result->rejected == result->read, "accepted + rejected = read");
  promise(result->table->num_rows() == result->accepted, "the table holds the accepted rows");
  promise(result->table->ValidateFull().ok(), "the table is whole");
}

}  // namespace haina
