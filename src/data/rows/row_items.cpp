// Rows that hold several items (baskets, histories, impressions), and constants of a file's rows.
#include <algorithm>
#include <utility>

#include "data/parse_cell.h"
#include "data/rows/list_cell.h"
#include "data/rows/row_block_builder.h"

namespace haina {
namespace {

// The items of a cell, those with the source's ending alone and without it.
std::vector<std::string> items_of(const Cell& cell, const ColumnConfig& column, const std::string& ending) {
  std::vector<std::string> items = cell.is_list ? std::vector<std::string>(cell.elements.begin(), cell.elements.end())
                                                : split_list(cell.text, column.separator);
  if (!ending.empty()) {
    std::erase_if(items, [&](const std::string& item) { return !item.ends_with(ending); });
    for (std::string& item : items) {
      item.resize(item.size() - ending.size());
    }
  }
  return items;
}

bool is_wanted(std::span<const Cell> cells, const std::vector<ColumnConfig>& columns) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (columns[i].role == "where" && trimmed(cells[i].text) != columns[i].type) {
      return false;
    }
  }
  return true;
}

}  // namespace

void RowBlockBuilder::set_constants(std::vector<std::string> cells) { constants_ = std::move(cells); }

bool RowBlockBuilder::add(std::span<const Cell> cells, Reject& reject, size_t& column_at) {
  if (!constants_.empty()) {
    cells_.assign(cells.begin(), cells.end());
    for (const std::string& constant : constants_) {
      cells_.push_back({.text = constant});
    }
    cells = cells_;
  }
  if (!is_wanted(cells, source_.columns)) {
    reject.code = kNotWanted;
    return false;
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    const ColumnConfig& column = source_.columns[i];
    if (column.role == "item" && (cells[i].is_list || !column.separator.empty())) {
      const bool added = add_each_item(cells, reject, column_at);
      column_at = column_at < cells.size() - constants_.size() ? column_at : 0;
      return added;
    }
  }
  if (!check_row(cells, reject, column_at)) {
    column_at = column_at < cells.size() - constants_.size() ? column_at : 0;  // constants stand in no column
    return false;
  }
  append_row(cells);
  return true;
}

// A row for each item. Lists in other columns of single values give each row its element; those of another length, and
// all cells that are no lists, count for every item.
bool RowBlockBuilder::add_each_item(std::span<const Cell> cells, Reject& reject, size_t& column_at) {
  std::vector<Cell> one(cells.begin(), cells.end());
  std::vector<std::vector<std::string>> lists(cells.size());
  size_t length = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    const ColumnConfig& column = source_.columns[i];
    if (column.role == "item" && (cells[i].is_list || !column.separator.empty())) {
      lists[i] = items_of(cells[i], column, source_.item_ending);
      length = lists[i].size();
    }
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].is_list && source_.columns[i].role != "item" && types_[i] != CellType::kTags &&
        types_[i] != CellType::kVector && cells[i].elements.size() == length) {
      lists[i].assign(cells[i].elements.begin(), cells[i].elements.end());
    }
  }
  const auto take = [&](size_t at) {
    for (size_t i = 0; i < cells.size(); ++i) {
      if (!lists[i].empty()) {
        one[i] = {.text = lists[i][at], .typed = cells[i].typed};
      }
    }
  };
  for (size_t at = 0; at < length; ++at) {  // all of them before any is added: a row is added whole or not at all
    take(at);
    if (!check_row(one, reject, column_at)) {
      return false;
    }
  }
  for (size_t at = 0; at < length; ++at) {
    take(at);
    check_row(one, reject, column_at);
    append_row(one);
  }
  return true;
}

}  // namespace haina
