// Lines of "user item item …", as graph recommenders publish them: a row for every item, in the line's order. Also
// lines that begin with other cells, and lists of tags. Cells are cut at the source's delimiter, or at blanks, tabs and
// commas.
//
// Columns are named by place: "#1", "#2", … are cells of the line, "#row" is the line's number from 0. The last place
// takes all cells from there on: one row for each, no row if there are none; a field of tags or a vector takes them
// together in one row. So "#2" with "#row" reads lines that begin with a count. A first cell "(user,item)" stands for
// its user.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/format.h"
#include "data/parse_cell.h"

namespace haina {
namespace {

constexpr int64_t kRowNumber = 0;  // the place of "#row"; cells are counted from 1

// "#row" or "#3"; nothing for any other name.
std::optional<int64_t> cell_place(const std::string& column) {
  if (column == "#row") {
    return kRowNumber;
  }
  int64_t place = 0;
  const char* const end = column.data() + column.size();
  const bool sound = column.starts_with('#') && column.size() < 6 &&
                     std::from_chars(column.data() + 1, end, place).ptr == end && place >= 1;
  return sound ? std::optional(place) : std::nullopt;
}

// Gives the cells of one line one after the other.
class Line {
 public:
  Line(std::string_view text, std::string_view delimiter) : text_(text), delimiter_(delimiter) {}

  // Empty at the end of the line.
  std::string_view next() {
    if (at_ == 0) {
      if (const std::string_view user = user_of_pair(); !user.empty()) {
        return user;
      }
    }
    while (at_ < text_.size()) {
      const size_t begin = at_;
      const size_t end = std::min(delimiter_at(begin), text_.size());
      at_ = end + std::max<size_t>(1, delimiter_.size());
      if (end > begin) {
        return text_.substr(begin, end - begin);
      }
    }
    return {};
  }

 private:
  size_t delimiter_at(size_t from) const {
    return delimiter_.empty() ? text_.find_first_of(" \t,", from) : text_.find(delimiter_, from);
  }

  // Published lists of negatives often begin with the held-out pair that they belong to, "(user,item)". It is one cell,
  // whatever the delimiter is, and stands for its user. Empty if the line begins otherwise.
  std::string_view user_of_pair() {
    const size_t end = text_.starts_with('(') ? text_.find(')') : std::string_view::npos;
    const size_t comma = end == std::string_view::npos ? end : text_.substr(0, end).find(',');
    if (comma == std::string_view::npos || (end + 1 < text_.size() && delimiter_at(end + 1) != end + 1)) {
      return {};
    }
    at_ = end + 1;
    return trimmed(text_.substr(1, comma - 1));
  }

  std::string_view text_;
  std::string_view delimiter_;
  size_t at_ = 0;
};

// The place of each column; the last place takes all cells from there on.
struct Places {
  std::vector<int64_t> of_column;
  int64_t list_from = kRowNumber;
  bool together = false;  // the list makes one row, not a row for each of its cells
};

Result<Places> places_of(const SourceConfig& source) {
  Places places;
  for (const ColumnConfig& column : source.columns) {
    const std::optional<int64_t> place = cell_place(column.column);
    if (!place) {
      return fail(
          {ErrorCode::kInvalidArgument, fmt::format("lists have no column '{}'", column.column), column.place,
           "name cells by their place; the last one takes all cells from there on: columns = { user = \"#1\", item = "
           "\"#2\" }; \"#row\" is the line's number from 0"});
    }
    places.of_column.push_back(*place);
    places.together = *place < places.list_from ? places.together : column.type == "tags" || column.type == "vector";
    places.list_from = std::max(places.list_from, *place);
  }
  if (places.list_from == kRowNumber) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("source '{}' names no cell of its lists", source.name),
                 source.place, "name the place where the lists begin: columns = { user = \"#row\", item = \"#1\" }"});
  }
  return places;
}

class ListsReader final : public TextReader {
 public:
  ListsReader(const std::string& file, RowSink& sink) : file_(file), sink_(sink) {}

  Result<size_t> read(std::string_view text, bool last) override {
    if (places_.of_column.empty()) {
      HAINA_TRY(places_, places_of(sink_.source()));
    }
    size_t begin = 0;
    while (begin < text.size()) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      if (end == text.size() && !last) {
        break;
      }
      std::string_view line = text.substr(begin, end - begin);
      line.remove_suffix(line.ends_with('\r') ? 1 : 0);
      ++line_;
      HAINA_OK(read_line(line, {file_, line_, byte_ + static_cast<int64_t>(begin), line}));
      begin = std::min(end + 1, text.size());
    }
    byte_ += static_cast<int64_t>(begin);
    return begin;
  }

 private:
  Status read_line(std::string_view text, const RowPlace& place) {
    Line line(text, sink_.source().delimiter);
    const std::string number = std::to_string(line_ - 1);
    std::vector<Cell> cells(places_.of_column.size());
    std::vector<size_t> columns(cells.size(), 0);
    bool blank = true;
    const auto put = [&](int64_t at, const Cell& cell, int64_t column) {
      for (size_t i = 0; i < cells.size(); ++i) {
        if (places_.of_column[i] == at) {
          cells[i] = cell;
          columns[i] = static_cast<size_t>(column);
          blank = false;
        }
      }
    };
    const auto text_cell = [](std::string_view cell) { return Cell{.text = cell}; };
    put(kRowNumber, text_cell(number), 0);
    for (int64_t at = 1; at < places_.list_from; ++at) {
      if (const std::string_view cell = line.next(); !cell.empty()) {
        put(at, text_cell(cell), at - 1);
      }
    }
    if (!places_.together) {
      int64_t column = places_.list_from - 1;
      for (std::string_view cell = line.next(); !cell.empty(); cell = line.next()) {
        put(places_.list_from, text_cell(cell), column++);
        HAINA_OK(sink_.add(place, cells, columns));
      }
      return ok();
    }
    std::vector<std::string> elements;
    for (std::string_view cell = line.next(); !cell.empty(); cell = line.next()) {
      elements.emplace_back(cell);
    }
    if (blank && elements.empty()) {
      return ok();
    }
    put(places_.list_from, {.elements = elements, .is_list = true}, places_.list_from - 1);
    return sink_.add(place, cells, columns);
  }

  std::string file_;
  RowSink& sink_;
  Places places_;
  int64_t line_ = 0, byte_ = 0;
};

// Whole numbers between blanks, on lines that differ in length.
Match sniff_lists(const FileStart& start) {
  const std::string_view text = start.text;
  std::set<size_t> lengths;
  size_t lines = 0;
  for (size_t at = 0; at < text.size() && lines < 200; ++lines) {
    const size_t end = std::min(text.find('\n', at), text.size());
    size_t cells = 0;
    bool inside = false;
    for (const char c : text.substr(at, end - at)) {
      const bool blank = c == ' ' || c == '\t' || c == '\r';
      if (!blank && (c < '0' || c > '9')) {
        return Match::kNo;
      }
      cells += !blank && !inside ? 1 : 0;
      inside = !blank;
    }
    lengths.insert(cells);
    at = end + 1;
  }
  return lines >= 3 && lengths.size() >= 2 ? Match::kLikely : Match::kNo;
}

// Whether the items behind the user ascend on all lines but a few; the last line may be cut off.
bool is_sorted_by_id(std::string_view text) {
  constexpr size_t kLines = 1000;
  size_t lines = 0, sorted = 0;
  for (size_t at = 0, end = text.find('\n'); end != std::string_view::npos && lines < kLines;
       at = end + 1, end = text.find('\n', at)) {
    Line line(text.substr(at, end - at), "");
    line.next();
    std::vector<std::pair<size_t, std::string_view>> items;  // numbers ascend by length, then by digits
    for (std::string_view item = trimmed(line.next()); !item.empty(); item = trimmed(line.next())) {
      items.emplace_back(item.size(), item);
    }
    if (items.size() >= 3) {
      ++lines;
      sorted += std::ranges::is_sorted(items) || std::ranges::is_sorted(items, std::greater()) ? 1 : 0;
    }
  }
  return lines > 0 && static_cast<double>(sorted) > 0.95 * static_cast<double>(lines);
}

}  // namespace

FormatEntry lists_format() {
  return {.name = "lists",
          .summary = "Lines of a user and the user's items.",
          .content = Content::kText,
          .sniff = sniff_lists,
          .columns = {{.name = "#1", .role = "user"}, {.name = "#2", .role = "item"}},
          .preview = [](const FileStart& start, FilePreview& preview) -> Status {
            preview.in_time_order = !is_sorted_by_id(start.text);
            if (preview.in_time_order) {
              preview.settings.emplace_back("order", "\"rows\"");
              preview.doubts.emplace_back(
                  "no times: each line's items are taken in the order in which their user had them; if that order says "
                  "nothing, delete order = \"rows\" and set [split] by = \"random\"");
            } else {
              preview.doubts.emplace_back(
                  "no times, and each line's items are sorted by id: their order is not taken for that of the events");
            }
            return ok();
          },
          .make_text_reader = [](const std::string& file, RowSink& sink) -> std::unique_ptr<TextReader> {
            return std::make_unique<ListsReader>(file, sink);
          }};
}

}  // namespace haina
