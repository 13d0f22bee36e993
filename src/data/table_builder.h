// The columns of one source in the making: cells are checked, sound rows become Arrow columns.
#pragma once

#include <arrow/api.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/read_rows.h"

namespace haina {

class TableBuilder {
 public:
  explicit TableBuilder(const SourceConfig& source);

  // Times of one column are all ISO or all numbers; a builder of later rows goes on as the one before it began.
  void follow(const TableBuilder& earlier);
  bool times_known() const;
  // Room for so many rows and so many bytes of text in all.
  void reserve(int64_t rows, int64_t bytes);
  // cells[i] belongs to source.columns[i]. Nothing is added unless every cell is sound; else `reject` says why and
  // column_at where.
  bool add(std::span<const Cell> cells, Reject& reject, size_t& column_at);
  // The same for cells of text that is known to be UTF-8 without NUL; false where a cell is not sound, for add() to say
  // why. Needs reserve().
  bool add_plain(std::span<const std::string_view> cells);

  // The rows of all builders, in their order, as one table; the builders are empty then.
  static std::shared_ptr<arrow::Table> finish(std::span<const std::unique_ptr<TableBuilder>> builders,
                                              nlohmann::json& seen);

 private:
  enum class CellType { kText, kNumber, kTime, kTags, kVector };
  struct Parsed {
    std::optional<double> number;
    std::vector<double> vector;
    bool iso = false;
  };

  static CellType cell_type(const ColumnConfig& column);
  bool check_cell(size_t i, const Cell& given, Reject& reject);
  bool check_list(size_t i, const Cell& cell, Reject& reject);
  void append(size_t i, const Cell& given);

  const SourceConfig& source_;
  std::vector<CellType> types_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  std::vector<bool> needed_;  // ids and the like: never empty
  std::vector<bool> iso_, time_seen_;
  std::vector<Parsed> parsed_;
  std::vector<double> plain_;  // numbers of the row in add_plain, NaN where missing
  bool only_plain_ = true;     // no column is a list
};

}  // namespace haina
