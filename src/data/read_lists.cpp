#include "data/read_lists.h"

#include <fmt/format.h>

namespace haina {
namespace {

// The next cell at or behind `at`, which moves past it; nothing at the end of the line.
std::string_view next_cell(std::string_view line, const std::string& delimiter, size_t& at) {
  while (at < line.size()) {
    const size_t begin = at;
    const size_t end =
        std::min(delimiter.empty() ? line.find_first_of(" \t,", at) : line.find(delimiter, at), line.size());
    at = end + std::max<size_t>(1, delimiter.size());
    if (end > begin) {
      return line.substr(begin, end - begin);
    }
  }
  return {};
}

class ListsReader final : public TextReader {
 public:
  ListsReader(const std::string& file, RowSink& sink) : file_(file), sink_(sink) {}

  Result<size_t> read(std::string_view text, bool last) override {
    const SourceConfig& source = sink_.source();
    for (const ColumnConfig& column : source.columns) {
      if (column.role != "user" && column.role != "item") {
        return fail({ErrorCode::kInvalidArgument, fmt::format("lists of items have no column '{}'", column.column),
                     column.place, "name user and item alone: columns = { user = \"#1\", item = \"#2\" }"});
      }
    }
    std::vector<Cell> cells(source.columns.size());
    std::vector<size_t> places(source.columns.size());
    size_t begin = 0;
    while (begin < text.size()) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      if (end == text.size() && !last) {
        break;
      }
      std::string_view line = text.substr(begin, end - begin);
      line.remove_suffix(line.ends_with('\r') ? 1 : 0);
      ++line_;
      size_t at = 0;
      const std::string_view user = next_cell(line, source.delimiter, at);
      size_t place = 1;
      for (std::string_view item = next_cell(line, source.delimiter, at); !item.empty();
           item = next_cell(line, source.delimiter, at)) {
        for (size_t i = 0; i < cells.size(); ++i) {
          const bool is_user = source.columns[i].role == "user";
          cells[i].text = is_user ? user : item;
          places[i] = is_user ? 0 : place;
        }
        ++place;
        HAINA_OK(sink_.add({file_, line_, byte_ + static_cast<int64_t>(begin), line}, cells, places));
      }
      begin = std::min(end + 1, text.size());
    }
    byte_ += static_cast<int64_t>(begin);
    return begin;
  }

 private:
  std::string file_;
  RowSink& sink_;
  int64_t line_ = 0, byte_ = 0;
};

}  // namespace

std::unique_ptr<TextReader> lists_reader(const std::string& file, RowSink& sink) {
  return std::make_unique<ListsReader>(file, sink);
}

}  // namespace haina
