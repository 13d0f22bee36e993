// Where every reader puts its rows: cells are checked, sound rows become Arrow columns, bad ones are kept with place
// and reason.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "data/rows/column_builder.h"
#include "config/config.h"
#include "data/rows/read_result.h"

namespace haina {

// One cell as a reader found it. `parts` or `numbers` hold a list where `is_list`; else `text` holds all of it.
struct Cell {
  std::string_view text;
  std::span<const std::string> parts;
  std::span<const double> numbers;
  bool is_list = false;
  bool typed = false;  // a number by the file's own types, written with a decimal point whatever the source says
};

struct RowPlace {
  std::string_view file;
  int64_t line = 0;
  int64_t byte = 0;
  std::string_view raw;
};

class BlockBuilder;

// Rows that were read apart from the others, on a thread of their own.
struct RowBlock {
  std::unique_ptr<BlockBuilder> builder;
  int64_t accepted = 0;
  int64_t lines = 0;  // of text, blank ones too
  std::vector<Reject> rejects = {};
};

class RowSink {
 public:
  RowSink(const SourceConfig& source, const ReadOptions& options);
  RowSink(const RowSink&) = delete;
  RowSink& operator=(const RowSink&) = delete;
  ~RowSink();

  const SourceConfig& source() const { return source_; }
  nlohmann::json& seen() { return result_.seen; }

  // cells[i] belongs to source().columns[i]; columns[i] is its place in the file, from 0 (empty: the file has no
  // places). An error: stop at once.
  Status add(const RowPlace& place, std::span<const Cell> cells, std::span<const size_t> columns);
  // A row that could not be cut into cells.
  Status refuse(const RowPlace& place, const char* code, std::string message);
  // Whether every time column has shown whether it is ISO or numbers: before, rows must be read one after the other.
  bool times_known() const;
  // A builder for rows that stand behind all rows so far; and blocks of them back, in the file's order.
  std::unique_ptr<BlockBuilder> following();
  Status absorb(std::vector<RowBlock> blocks, std::string_view file);
  // Rows refused since their text is no UTF-8.
  int64_t invalid_texts() const { return invalid_texts_; }
  // Writes the rejects file, or removes an old one; kBadData where too many rows are bad or none is good. `file` names
  // the first file read.
  Result<ReadResult> finish(const std::string& file);

 private:
  Status count(std::string_view file);
  Status keep(Reject reject);
  Status write_rejects();
  void flush();

  const SourceConfig& source_;
  const ReadOptions& options_;
  SourceColumns columns_;
  std::unique_ptr<BlockBuilder> builder_;  // of rows that come one by one
  std::vector<std::unique_ptr<BlockBuilder>> spare_;
  ReadResult result_;
  std::string reject_rows_;  // not written yet
  std::optional<FileWriter> reject_file_;
  int64_t invalid_texts_ = 0;
};

}  // namespace haina
