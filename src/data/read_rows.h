// Where every reader puts its rows: cells are checked, sound rows become Arrow columns, bad ones are kept with place
// and reason.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/source_reader.h"

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

class TableBuilder;

// Rows that were read apart from the others, on a thread of their own.
struct RowBlock {
  std::unique_ptr<TableBuilder> builder;
  int64_t accepted = 0;
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
  // A builder for rows that stand behind all rows so far; and a block of them back, in the file's order.
  std::unique_ptr<TableBuilder> following() const;
  Status absorb(RowBlock block, std::string_view file);
  // Writes the rejects file, or removes an old one; kBadData where too many rows are bad or none is good. `file` names
  // the first file read.
  Result<ReadResult> finish(const std::string& file);

 private:
  Status count(std::string_view file);

  const SourceConfig& source_;
  const ReadOptions& options_;
  std::vector<std::unique_ptr<TableBuilder>> builders_;  // one after the other
  ReadResult result_;
  std::vector<Reject> rejects_;
};

std::string role_or_name(const ColumnConfig& column);

}  // namespace haina
