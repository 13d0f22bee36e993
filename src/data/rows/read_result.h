// The result of reading a source: its table, counts, and rejected rows.
#pragma once

#include <arrow/api.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "base/stop.h"

namespace haina {

// The code of a row that the source's `where` leaves out: it is not counted, neither as read nor as bad.
inline constexpr const char* kNotWanted = "where";

struct Reject {
  std::string file;
  int64_t line = 0;    // 1-based, of the row's first line; in binary formats the row
  int64_t column = 0;  // 1-based cell; 0: the whole row
  int64_t byte = 0;    // 0-based offset of the row in the decoded text
  std::string field;   // role or field name
  std::string code;    // "ragged", "quote", "number", "time", "empty", "encoding", "nul", "long", "list", "json"
  std::string message;
  std::string raw;  // the row as it stands in the file, at most 1,000 bytes
};
// "file:line:column", or "file:line" if the whole row is bad.
std::string place_of(const Reject& reject);

struct ReadResult {
  std::shared_ptr<arrow::Table> table;
  int64_t read = 0, accepted = 0, rejected = 0;  // rows; accepted + rejected = read
  std::vector<Reject> first_rejects;             // at most 1,000; the rejects file holds all
  nlohmann::json detected;                       // format, encoding, delimiter, header, time_unit as used
};

struct ReadOptions {
  std::filesystem::path base = {};          // where relative paths start
  std::filesystem::path rejects_file = {};  // CSV, written only if a row is rejected; empty: none
  const StopFlag* stop = nullptr;
  Progress* progress = nullptr;
  size_t window = 1 << 24;  // bytes of text in memory at a time; more only if a row is longer
};

}  // namespace haina
