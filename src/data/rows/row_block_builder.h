// Builds a block of rows: checks cells, and adds a row whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "data/rows/column_builder.h"
#include "data/rows/read_result.h"
#include "data/rows/row_sink.h"

namespace haina {

class RowBlockBuilder {
 public:
  explicit RowBlockBuilder(const SourceConfig& source);

  // Removes all rows and keeps the memory.
  void clear();
  // The times of a column are all ISO or all numbers. Takes over what `earlier`, whose rows come before, found.
  void follow(const RowBlockBuilder& earlier);
  // The cells of the last columns are these in every row that follows; rows are added without them.
  void set_constants(std::vector<std::string> cells);
  // Of numbers that can be read with either mark; for this builder and those that follow it.
  void use_decimal(char mark) { decimal_comma_ = mark == ','; }
  // Whether that is known for every time column.
  bool times_known() const;
  // cells[i] belongs to source.columns[i]. If a cell is invalid, nothing is added, `reject` gives the reason, and
  // column_at the cell. A row that the source's `where` leaves out has the code kNotWanted. A list of items becomes a
  // row for each.
  bool add(std::span<const Cell> cells, Reject& reject, size_t& column_at);
  // The fast path for text that is known to be UTF-8 without NUL bytes. false: nothing is added; add() accepts the row,
  // or gives the reason why not.
  bool add_plain(std::span<const std::string_view> cells);
  int64_t num_rows() const { return num_rows_; }
  std::span<ColumnBlock> columns() { return columns_; }

 private:
  struct Parsed {
    std::optional<double> number;
    std::vector<double> vector;
    bool iso = false;
    bool odd = false;  // a cell of a field that is no number: it becomes missing
    DateEvidence dates = {};
  };

  bool check_row(std::span<const Cell> cells, Reject& reject, size_t& column_at);
  void append_row(std::span<const Cell> cells);
  bool add_each_item(std::span<const Cell> cells, Reject& reject, size_t& column_at);
  bool check_cell(size_t i, const Cell& given, Reject& reject);
  bool check_time(size_t i, std::string_view cell, Reject& reject);
  bool check_list(size_t i, const Cell& cell, Reject& reject);
  void append(size_t i, const Cell& given);

  const SourceConfig& source_;
  bool decimal_comma_ = false;
  std::vector<CellType> types_;
  std::vector<ColumnBlock> columns_;
  std::vector<bool> required_;  // ids and the like: never empty
  std::vector<Parsed> parsed_;
  std::vector<double> plain_;  // numbers of the row in add_plain, NaN if missing
  bool no_lists_ = true;       // no column holds lists, and every row is wanted
  std::vector<std::string> constants_;
  std::vector<std::string_view> plain_cells_;  // a row with its constants
  std::vector<Cell> cells_;
  int64_t num_rows_ = 0;
};

}  // namespace haina
