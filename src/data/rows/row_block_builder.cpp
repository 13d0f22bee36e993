#include "data/rows/row_block_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <set>
#include <string>
#include <utility>

#include "base/utf8.h"
#include "data/parse_cell.h"
#include "data/parse_quantity.h"
#include "data/parse_time.h"
#include "data/rows/list_cell.h"
#include "data/shortened.h"

namespace haina {
namespace {

constexpr size_t kLongestCell = 65536;
constexpr double kLatestTime = 9.2e18;  // nanoseconds, in the year 2261: int64 overflows beyond

bool is_required(const ColumnConfig& column) {
  static const std::set<std::string> roles = {"user",     "item", "other",  "tag",  "head",
                                              "relation", "tail", "entity", "name", "order"};
  return roles.contains(column.role);
}

// A finite number; if the cell is not one, `why` gives the reason.
std::optional<double> number_of(std::string_view cell, bool decimal_comma, std::string& why) {
  const auto value = parse_quantity(trimmed(cell), decimal_comma ? ',' : '.');
  if (!value) {
    why = fmt::format("cannot read '{}' as a finite number", shortened(cell, 100));
  }
  return value;
}

bool invalid(Reject& reject, const char* code, std::string message) {
  reject.code = code;
  reject.message = std::move(message);
  return false;
}

bool check_text(std::string_view text, Reject& reject) {
  if (text.find('\0') != std::string_view::npos) {
    return invalid(reject, "nul", "holds a NUL byte");
  }
  return is_valid_utf8(text) || invalid(reject, "encoding", "is not valid UTF-8");
}

void put_text(ColumnBlock& column, std::string_view cell) {
  auto& builder = static_cast<arrow::LargeStringBuilder&>(*column.builder);
  check_memory(is_surely_missing(cell) ? builder.AppendNull() : builder.Append(cell));
}

// Whole and decimal numbers of up to fifteen digits. Correctly rounded, since an integer below 2^53 is divided by a
// power of ten below 10^22, and both are exact. false: parse_number must decide.
bool plain_number(std::string_view text, double& value) {
  static constexpr double kPowers[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const bool negative = !text.empty() && text[0] == '-';
  size_t at = negative ? 1 : 0;
  if (text.size() - at == 0 || text.size() - at > 16) {
    return false;
  }
  int64_t digits = 0;
  size_t count = 0;
  size_t decimals = 0;
  bool point = false;
  for (; at < text.size(); ++at) {
    const auto digit = static_cast<unsigned char>(text[at] - '0');
    if (digit <= 9) {
      digits = digits * 10 + digit;
      ++count;
      decimals += point ? 1 : 0;
    } else if (text[at] == '.' && !point && count > 0) {
      point = true;
    } else {
      return false;
    }
  }
  if (count == 0 || count > 15 || (point && decimals == 0)) {
    return false;
  }
  value = static_cast<double>(digits) / kPowers[decimals];
  value = negative ? -value : value;
  return true;
}

}  // namespace

RowBlockBuilder::RowBlockBuilder(const SourceConfig& source)
    : source_(source),
      decimal_comma_(source.decimal == ","),
      columns_(source.columns.size()),
      parsed_(source.columns.size()),
      plain_(source.columns.size()) {
  for (const ColumnConfig& column : source.columns) {
    types_.push_back(cell_type(column));
    required_.push_back(is_required(column));
    no_lists_ = no_lists_ && types_.back() != CellType::kTags && types_.back() != CellType::kVector &&
                column.role != "where" && (column.role != "item" || column.separator.empty());
  }
  clear();
}

void RowBlockBuilder::clear() {
  num_rows_ = 0;
  for (size_t i = 0; i < types_.size(); ++i) {
    columns_[i].reset(types_[i]);
    columns_[i].iso = types_[i] == CellType::kTime && is_written_time(unit_of_time(source_.columns[i]));
  }
}

void RowBlockBuilder::follow(const RowBlockBuilder& earlier) {
  for (size_t i = 0; i < types_.size(); ++i) {
    columns_[i].iso = earlier.columns_[i].iso;
    columns_[i].time_seen = earlier.columns_[i].time_seen;
  }
  decimal_comma_ = earlier.decimal_comma_;
}

bool RowBlockBuilder::times_known() const {
  for (size_t i = 0; i < types_.size(); ++i) {
    if (types_[i] == CellType::kTime && !columns_[i].time_seen) {
      return false;
    }
  }
  return true;
}

bool RowBlockBuilder::add_plain(std::span<const std::string_view> cells) {
  if (!no_lists_) {
    return false;
  }
  if (!constants_.empty()) {
    plain_cells_.assign(cells.begin(), cells.end());
    plain_cells_.insert(plain_cells_.end(), constants_.begin(), constants_.end());
    cells = plain_cells_;
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string_view cell = cells[i];
    if (types_[i] == CellType::kText || types_[i] == CellType::kCode) {
      if ((cell.empty() && required_[i]) || cell.size() > kLongestCell) {
        return false;
      }
      continue;
    }
    double& number = plain_[i];
    if (cell.empty()) {
      number = std::nan("");
      continue;
    }
    const bool time = types_[i] == CellType::kTime;
    if (time &&
        (!columns_[i].time_seen || columns_[i].iso)) {  // the first time decides for all; ISO has its own parser
      const auto iso = columns_[i].time_seen ? parse_iso_time(cell) : std::nullopt;  // other dates take add()
      if (!iso) {
        return false;
      }
      number = static_cast<double>(*iso);
      continue;
    }
    if ((!time && decimal_comma_) || !plain_number(cell, number)) {
      const auto parsed = parse_number(cell, !time && decimal_comma_ ? ',' : '.');
      if (!parsed || (time && std::abs(*parsed) > kLatestTime)) {
        return false;
      }
      number = *parsed;
    }
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    if (types_[i] == CellType::kCode) {
      columns_[i].put_code(cells[i]);
    } else if (types_[i] == CellType::kText) {
      put_text(columns_[i], cells[i]);
    } else {
      columns_[i].numbers.push_back(plain_[i]);
    }
  }
  ++num_rows_;
  return true;
}

bool RowBlockBuilder::check_row(std::span<const Cell> cells, Reject& reject, size_t& column_at) {
  for (size_t i = 0; i < cells.size(); ++i) {
    column_at = i;
    parsed_[i] = {};
    if (!(cells[i].is_list ? check_list(i, cells[i], reject) : check_cell(i, cells[i], reject))) {
      reject.field = role_or_name(source_.columns[i]);
      reject.message = fmt::format("column '{}': {}", source_.columns[i].column, reject.message);
      return false;
    }
  }
  return true;
}

void RowBlockBuilder::append_row(std::span<const Cell> cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (types_[i] == CellType::kTime && parsed_[i].number) {
      columns_[i].iso = parsed_[i].iso;
      columns_[i].time_seen = true;
      columns_[i].dates.add(parsed_[i].dates);
    }
    if (parsed_[i].odd && columns_[i].odd++ == 0) {
      columns_[i].first_odd = shortened(cells[i].text, 100);
    }
    append(i, cells[i]);
  }
  ++num_rows_;
}

bool RowBlockBuilder::check_cell(size_t i, const Cell& given, Reject& reject) {
  const std::string_view cell = given.text;
  const ColumnConfig& column = source_.columns[i];
  if (!check_text(cell, reject)) {
    return false;
  }
  if (cell.size() > kLongestCell && required_[i]) {
    return invalid(reject, "long", fmt::format("an id of {} bytes", cell.size()));
  }
  if (cell.empty() && required_[i]) {
    return invalid(reject, "empty", "is empty");
  }
  std::string why;
  Parsed& parsed = parsed_[i];
  if (types_[i] == CellType::kNumber && !is_missing_word(trimmed(cell))) {
    parsed.number = number_of(cell, decimal_comma_ && !given.typed, why);
    // One odd cell does not cost an item its row.
    parsed.odd = !parsed.number && column.role.empty();
    return parsed.number || parsed.odd || invalid(reject, "number", why);
  }
  if (types_[i] == CellType::kTime && !is_missing_word(trimmed(cell)) && !cell.starts_with("0000-00-00")) {
    const bool read = check_time(i, cell, reject);
    if (!read && column.role.empty()) {  // a date that cannot be read is missing; the rest of the row counts
      parsed.number.reset();
      return true;
    }
    return read;
  }
  if (types_[i] == CellType::kVector && !is_missing_word(trimmed(cell))) {
    for (const std::string& part : split_list(cell, column.separator)) {
      const auto number = number_of(part, false, why);
      if (!number) {
        return invalid(reject, "number", why);
      }
      parsed.vector.push_back(*number);
    }
  }
  return true;
}

bool RowBlockBuilder::check_time(size_t i, std::string_view cell, Reject& reject) {
  const std::string& unit = unit_of_time(source_.columns[i]);
  Parsed& parsed = parsed_[i];
  std::string why;
  const auto no_time = [&] {
    return invalid(reject, "time", fmt::format("cannot read '{}' as a time like those above", shortened(cell, 100)));
  };
  if (unit == "yyyymmdd") {
    const auto compact = parse_compact_time(cell);
    parsed.number = compact ? std::optional(static_cast<double>(*compact)) : std::nullopt;
    parsed.iso = true;
    return compact.has_value() || no_time();
  }
  const DayMonth wanted = unit == "d.m.y"   ? DayMonth::kDayFirst
                          : unit == "m/d/y" ? DayMonth::kMonthFirst
                                            : DayMonth::kNone;
  const auto written = parse_written_time(cell, wanted);
  parsed.iso = written.has_value();
  parsed.number = written ? std::optional(static_cast<double>(written->micros)) : parse_number(trimmed(cell));
  if (parsed.number && std::abs(*parsed.number) > kLatestTime) {
    return invalid(reject, "time", fmt::format("'{}' is not a time in any unit", shortened(cell, 100)));
  }
  // A column holds either written dates or numbers of one unit; its first valid cell decides.
  if (!parsed.number || (columns_[i].time_seen && columns_[i].iso != parsed.iso) ||
      (is_written_time(unit) && !parsed.iso)) {
    return no_time();
  }
  if (written) {
    const bool either = written->order == DayMonth::kEither;
    parsed.dates = {.day_first = written->order == DayMonth::kDayFirst,
                    .month_first = written->order == DayMonth::kMonthFirst,
                    .read_day = either && !written->month_first,
                    .read_month = either && written->month_first};
  }
  return true;
}

bool RowBlockBuilder::check_list(size_t i, const Cell& cell, Reject& reject) {
  if (types_[i] != CellType::kTags && types_[i] != CellType::kVector) {
    return invalid(reject, "list", "holds a list where one value is expected");
  }
  if (types_[i] == CellType::kVector &&
      !std::ranges::all_of(cell.numbers, [](double number) { return std::isfinite(number); })) {
    return invalid(reject, "number", "holds a number that is not finite");
  }
  if (types_[i] == CellType::kTags && !cell.numbers.empty()) {
    return invalid(reject, "list", "holds numbers where tags are expected");
  }
  parsed_[i].vector.assign(cell.numbers.begin(), cell.numbers.end());
  for (const std::string& part : cell.elements) {
    if (!check_text(part, reject)) {
      return false;
    }
    if (types_[i] == CellType::kVector) {
      std::string why;
      const auto number = number_of(part, false, why);
      if (!number) {
        return invalid(reject, "number", why);
      }
      parsed_[i].vector.push_back(*number);
    }
  }
  return true;
}

void RowBlockBuilder::append(size_t i, const Cell& given) {
  const std::string_view cell = given.text;
  switch (types_[i]) {
    case CellType::kCode:
      columns_[i].put_code(cell);
      return;
    case CellType::kText:
      put_text(columns_[i], cell);
      return;
    case CellType::kNumber:
    case CellType::kTime:
      columns_[i].numbers.push_back(parsed_[i].number.value_or(std::nan("")));
      return;
    case CellType::kTags: {
      auto& builder = static_cast<arrow::ListBuilder&>(*columns_[i].builder);
      check_memory(builder.Append());
      const auto put = [&](const std::string& part) {
        check_memory(static_cast<arrow::LargeStringBuilder&>(*builder.value_builder()).Append(part));
      };
      if (given.is_list) {
        std::ranges::for_each(given.elements, put);
      } else if (!is_missing_word(trimmed(cell))) {
        std::ranges::for_each(split_list(cell, source_.columns[i].separator), put);
      }
      return;
    }
    case CellType::kVector: {
      auto& builder = static_cast<arrow::ListBuilder&>(*columns_[i].builder);
      check_memory(builder.Append());
      check_memory(static_cast<arrow::DoubleBuilder&>(*builder.value_builder()).AppendValues(parsed_[i].vector));
      return;
    }
  }
}

}  // namespace haina
