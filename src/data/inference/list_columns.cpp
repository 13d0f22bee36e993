#include "data/inference/list_columns.h"

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "data/parse_cell.h"
#include "data/parse_quantity.h"
#include "data/rows/list_cell.h"

namespace haina {
namespace {

constexpr double kBracketed = 0.5;      // of the cells
constexpr double kWithComma = 0.1;      // of the cells
constexpr double kMostDistinct = 0.5;   // of the elements of lists without brackets: they return in other cells
constexpr double kLongestElement = 30;  // characters, on average
constexpr double kMostElements = 12;    // a cell, on average

bool is_bracketed(std::string_view cell) {
  return cell.size() >= 2 &&
         ((cell.front() == '[' && cell.back() == ']') || (cell.front() == '{' && cell.back() == '}'));
}

}  // namespace

std::string list_type(const ColumnStats& stats) {
  int64_t cells = 0;
  int64_t bracketed = 0;
  int64_t commas = 0;
  int64_t written_numbers = 0;  // cells with a comma that are one number: "1,208,256", "9,99"
  int64_t elements = 0;
  int64_t numbers = 0;
  int64_t with_point = 0;
  size_t bytes = 0;
  std::set<std::string> distinct;
  for (const std::string& raw : stats.distinct) {
    const std::string_view cell = trimmed(raw);
    ++cells;
    bracketed += is_bracketed(cell) ? 1 : 0;
    commas += cell.find(',') != std::string_view::npos ? 1 : 0;
    if (!is_bracketed(cell) && cell.find(',') == std::string_view::npos) {
      distinct.emplace(cell);
      ++elements;
      continue;
    }
    written_numbers += !is_bracketed(cell) && number_form(cell) != NumberForm::kNone ? 1 : 0;
    for (std::string& element : list_elements(cell)) {
      ++elements;
      numbers += parse_number(element) ? 1 : 0;
      with_point += element.find('.') != std::string::npos ? 1 : 0;
      bytes += element.size();
      distinct.insert(std::move(element));
    }
  }
  if (cells == 0 || elements == 0) {
    return "";
  }
  const auto per_cell = [&](int64_t count) { return static_cast<double>(count) / static_cast<double>(cells); };
  if (per_cell(bracketed) > kBracketed) {
    return numbers == elements && with_point > 0 ? "vector:list" : "tags:list";
  }
  const bool returns = static_cast<double>(distinct.size()) < kMostDistinct * static_cast<double>(elements);
  const bool brief = static_cast<double>(bytes) < kLongestElement * static_cast<double>(elements) &&
                     per_cell(elements) < kMostElements;
  const bool are_lists = numbers < elements && written_numbers < commas;
  return per_cell(commas) > kWithComma && cells > 2 && returns && brief && are_lists ? "tags:list" : "";
}

}  // namespace haina
