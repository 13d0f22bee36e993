// One [[source]] as a typed Arrow table: every cell checked by our own conversion, every bad row kept with its place
// and reason.
#pragma once

#include <arrow/api.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "base/stop.h"
#include "config/config.h"

namespace haina {

struct Reject {
  std::string file;
  int64_t line = 0;    // 1-based, of the row's first line; of typed files the row
  int64_t column = 0;  // 1-based cell; 0: the whole row
  int64_t byte = 0;    // 0-based offset of the row in the decoded text
  std::string field;   // role or field name
  std::string code;    // "ragged", "quote", "number", "time", "empty", "encoding", "nul", "long", "list", "json"
  std::string message;
  std::string raw;  // the row as it came, at most 1,000 bytes
};
// "file:line:column", or "file:line" where the whole row is bad.
std::string place_of(const Reject& reject);

struct ReadResult {
  std::shared_ptr<arrow::Table> table;
  int64_t read = 0, accepted = 0, rejected = 0;  // accepted + rejected = read, always
  std::vector<Reject> first_rejects;             // at most 1,000; all of them stand in the rejects file
  nlohmann::json seen;                           // delimiter, header, compression, as used
};

struct ReadOptions {
  std::filesystem::path base;          // where relative paths start
  std::filesystem::path rejects_file;  // CSV; empty: none. Written only where something is rejected
  const StopFlag* stop = nullptr;
  Progress* progress = nullptr;
  size_t window = 1 << 24;  // bytes of text held at a time, where no row is longer
};

// Columns are named by role, or by the field's own name. Ids, actions, categories, context: dictionary<int32,
// large_utf8>; texts: large_utf8; value, weight, number: float64 with nulls; time: timestamp[us, UTC] with nulls; tags:
// list<large_utf8>; vector: list<float64>. kBadData, naming the first bad place, where more than source.max_rejects of
// the rows are bad or none is good. Formats: delimited text with any delimiter, with or without quotes and header; JSON
// lines and documents; lists of items; Parquet, Arrow IPC and .npy; all also .gz and .zst. RecBole's typed headers
// match with and without their ":type".
Result<ReadResult> read_source(const SourceConfig& source, const ReadOptions& options);

// The same of bytes in memory, as if they were a file of that name; what lies compressed must be unpacked before.
Result<ReadResult> read_source_bytes(const SourceConfig& source, std::string_view bytes, const std::string& name,
                                     const ReadOptions& options);

}  // namespace haina
