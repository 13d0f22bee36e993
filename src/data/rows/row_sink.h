// Takes the rows of every reader: checks cells, makes Arrow columns of valid rows, and keeps bad rows with place and
// reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "config/config.h"
#include "data/rows/column_builder.h"
#include "data/rows/read_result.h"

namespace haina {

// One cell as a reader found it. A list (`is_list`) is in `elements` or in `numbers`, anything else in `text`.
struct Cell {
  std::string_view text = {};
  std::span<const std::string> elements = {};
  std::span<const double> numbers = {};
  bool is_list = false;
  bool typed = false;  // a number of a typed format: it has a decimal point, whatever the source's `decimal` is
};

struct RowPlace {
  std::string_view file = {};
  int64_t line = 0;           // 1-based
  int64_t byte = 0;           // 0-based offset in the decoded text
  std::string_view raw = {};  // the row as it stands in the file
};

class RowBlockBuilder;

// Consecutive rows that one thread read.
struct RowBlock {
  std::unique_ptr<RowBlockBuilder> builder;
  int64_t accepted = 0;
  int64_t lines = 0;  // of text, blank ones included
  std::vector<Reject> rejects = {};
};

class RowSink {
 public:
  RowSink(const SourceConfig& source, const ReadOptions& options);
  RowSink(const RowSink&) = delete;
  RowSink& operator=(const RowSink&) = delete;
  ~RowSink();

  const SourceConfig& source() const { return source_of_file_ ? *source_of_file_ : source_; }
  // The cells of the last columns are these in every row that follows, as a file's path says them. Readers then see the
  // source without these columns.
  void set_constants(std::vector<std::string> cells);
  nlohmann::json& detected() { return result_.detected; }
  // For readers that find the decimal mark of a file where the source does not say it; before the file's first row.
  void use_decimal(char mark);

  // cells[i] belongs to source().columns[i]; columns[i] is its 0-based column in the file (empty: the file has none). A
  // bad row is kept and is no error. After an error the reader must stop.
  Status add(const RowPlace& place, std::span<const Cell> cells, std::span<const size_t> columns);
  // Keeps a row that could not be cut into cells.
  Status reject(const RowPlace& place, const char* code, std::string message);
  // Whether every time column is known to hold ISO times or numbers. Until then rows must be read one after the other.
  bool times_known() const;
  // A builder for rows that follow all rows so far; append() takes such blocks back, in the file's order.
  std::unique_ptr<RowBlockBuilder> new_builder();
  Status append(std::vector<RowBlock> blocks, std::string_view file);
  // Number of rows rejected because their text is not UTF-8.
  int64_t invalid_texts() const { return invalid_texts_; }
  // Writes the rejects file, or removes that of an earlier reading. kBadData if too many rows are bad or none is good.
  // `file` names the first file read.
  Result<ReadResult> finish(const std::string& file);

 private:
  Status count(std::string_view file);
  Status keep(Reject reject);
  Status write_rejects();
  Status close_rejects();
  void flush();

  const SourceConfig& source_;
  std::optional<SourceConfig> source_of_file_;  // without constant columns
  std::vector<std::string> constants_;
  const ReadOptions& options_;
  SourceColumns columns_;
  std::unique_ptr<RowBlockBuilder> builder_;             // of rows added one by one
  std::vector<std::unique_ptr<RowBlockBuilder>> spare_;  // to be used again
  ReadResult result_;
  std::string reject_rows_;  // CSV, not written yet
  std::optional<FileWriter> reject_file_;
  int64_t invalid_texts_ = 0;
  int64_t headers_ = 0;  // rows that repeat the header: rejected, and not bad
};

}  // namespace haina
