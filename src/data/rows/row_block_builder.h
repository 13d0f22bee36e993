// A block of rows in the making: cells are checked, and a row is added whole or not at all.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/rows/column_builder.h"
#include "data/rows/row_sink.h"

namespace haina {

class BlockBuilder {
 public:
  explicit BlockBuilder(const SourceConfig& source);

  // As if new, with the memory it has.
  void clear();
  // Times of one column are all ISO or all numbers; a builder of later rows goes on as the one before it began.
  void follow(const BlockBuilder& earlier);
  bool times_known() const;
  // cells[i] belongs to source.columns[i]. Nothing is added unless every cell is sound; else `reject` says why and
  // column_at where.
  bool add(std::span<const Cell> cells, Reject& reject, size_t& column_at);
  // The same for cells of text that is known to be UTF-8 without NUL; false where a cell is not sound, for add() to say
  // why.
  bool add_plain(std::span<const std::string_view> cells);
  int64_t num_rows() const { return num_rows_; }
  std::span<ColumnBlock> columns() { return columns_; }

 private:
  struct Parsed {
    std::optional<double> number;
    std::vector<double> vector;
    bool iso = false;
  };

  bool check_cell(size_t i, const Cell& given, Reject& reject);
  bool check_list(size_t i, const Cell& cell, Reject& reject);
  void append(size_t i, const Cell& given);

  const SourceConfig& source_;
  std::vector<CellType> types_;
  std::vector<ColumnBlock> columns_;
  std::vector<bool> needed_;  // ids and the like: never empty
  std::vector<Parsed> parsed_;
  std::vector<double> plain_;  // numbers of the row in add_plain, NaN where missing
  bool only_plain_ = true;     // no column is a list
  int64_t num_rows_ = 0;
};

}  // namespace haina
