#include "data/formats/csv_reader.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "data/formats/byte_scanner.h"
#include "data/formats/csv_columns.h"
#include "data/formats/csv_layout.h"
#include "data/formats/csv_scanner.h"
#include "data/parse_cell.h"
#include "data/rows/row_block_builder.h"

namespace haina {
namespace {

// Bytes that a thread reads at a time: small enough that they and the cells made of them stay in its cache.
constexpr size_t kBlock = 1 << 18;
constexpr size_t kSample = 4 << 20;  // bytes by which the layout is found; as many as a preview reads

struct Layout {
  Dialect dialect;
  size_t width = 0;                // cells per row; 0: no row read yet
  std::vector<size_t> places;      // in the row, of the configured columns
  std::string header;              // as it stands in the file; empty: none
  std::vector<std::string> names;  // its cells
};

std::string ragged(size_t cells, size_t width) {
  return fmt::format("{} cells where the first row has {}", cells, width);
}

bool is_blank_row(std::string_view row, std::string_view delimiter) {
  return std::ranges::all_of(row, [&](char c) { return c == ' ' || c == '\r' || delimiter.find(c) != delimiter.npos; });
}

constexpr const char* kRepeatedHeader = "repeats the header";

// A range of bytes of the text: whole rows without quotes.
struct Block {
  size_t begin = 0, end = 0;
};

// Reads every row of a block; lines are counted from 0. Cells are views into the text. Rows that add_plain() refuses go
// through add(), which gives the reason.
RowBlock read_block(std::string_view text, int64_t byte, const Block& block, const Layout& layout,
                    const std::string& file, std::unique_ptr<RowBlockBuilder> builder) {
  RowBlock rows;
  rows.builder = std::move(builder);
  const std::string_view whole = text.substr(block.begin, block.end - block.begin);
  const bool plain = whole.find('\0') == std::string_view::npos && is_valid_utf8(whole);
  const char delimiter = layout.dialect.delimiter[0];
  const std::string& comment = layout.dialect.comment;
  std::vector<std::string_view> cells(layout.width), wanted(layout.places.size());
  std::vector<Cell> checked(layout.places.size());
  const auto keep = [&](Reject reject, std::string_view row) {
    reject.file = file;
    reject.line = rows.lines;
    reject.byte = byte + (row.data() - text.data());
    reject.raw = row.substr(0, 1000);
    rows.rejects.push_back(std::move(reject));
  };
  const auto keep_as = [&](const char* code, std::string message, std::string_view row) {
    Reject reject;
    reject.code = code;
    reject.message = std::move(message);
    keep(std::move(reject), row);
  };
  ByteScanner ends(whole, delimiter, '\n');
  for (size_t begin = 0; begin < whole.size(); ++rows.lines) {
    const size_t row_begin = begin;
    size_t count = 0;
    size_t end = ends.next();
    for (; end < whole.size() && whole[end] == delimiter; end = ends.next()) {
      if (count < layout.width) {
        cells[count] = whole.substr(begin, end - begin);
      }
      ++count;
      begin = end + 1;
    }
    size_t last = end;
    for (; last > row_begin && whole[last - 1] == '\r'; --last) {
    }
    if (count < layout.width) {
      cells[count] = whole.substr(begin, std::max(last, begin) - begin);
    }
    const size_t last_cell = last - std::min(last, begin);
    ++count;
    begin = end + 1;
    const std::string_view row = whole.substr(row_begin, last - row_begin);
    if (row.empty() || (!comment.empty() && row.starts_with(comment))) {
      continue;
    }
    if (count != layout.width && !(count == layout.width + 1 && last_cell == 0)) {
      if (is_blank_row(row, layout.dialect.delimiter)) {
        continue;
      }
      keep_as("ragged", ragged(count, layout.width), row);
      continue;
    }
    if (row == layout.header) {
      keep_as("header", kRepeatedHeader, row);
      continue;
    }
    for (size_t i = 0; i < wanted.size(); ++i) {
      wanted[i] = cells[layout.places[i]];
    }
    if (plain && rows.builder->add_plain(wanted)) {
      ++rows.accepted;
      continue;
    }
    for (size_t i = 0; i < wanted.size(); ++i) {
      checked[i].text = wanted[i];
    }
    Reject reject;
    size_t column_at = 0;
    if (rows.builder->add(checked, reject, column_at)) {
      ++rows.accepted;
    } else if (!is_blank_row(row, layout.dialect.delimiter)) {
      reject.column = static_cast<int64_t>(layout.places[column_at]) + 1;
      keep(std::move(reject), row);
    }
  }
  return rows;
}

// At most `most` blocks from `begin` on, each of whole lines, up to the first block that holds a quote if the dialect
// has quotes. A last line without an end belongs to a block only if nothing follows the text (`last`).
std::vector<Block> cut_blocks(std::string_view text, size_t begin, bool quotes, bool last, size_t most) {
  std::vector<Block> blocks;
  while (begin < text.size() && blocks.size() < most) {
    size_t end = std::min(begin + kBlock, text.size());
    size_t newline = end == text.size() ? std::string_view::npos : text.find('\n', end);
    if (newline == std::string_view::npos && !last) {
      newline = text.rfind('\n');
      if (newline == std::string_view::npos || newline < begin) {
        break;
      }
    }
    end = newline == std::string_view::npos ? text.size() : newline + 1;
    if (quotes && std::memchr(text.data() + begin, '"', end - begin) != nullptr) {
      break;
    }
    blocks.push_back({begin, end});
    begin = end;
  }
  return blocks;
}

class CsvReader final : public TextReader {
 public:
  CsvReader(const std::string& file, RowSink& sink) : file_(file), sink_(sink) {}

  Result<size_t> read(std::string_view text, bool last) override {
    size_t begin = 0;
    if (layout_.width == 0) {
      HAINA_TRY(begin, read_first_row(text, last));
      if (layout_.width == 0) {
        return begin;
      }
    }
    const size_t size = text.size();
    if (last) {
      HAINA_TRY(text, without_totals(text, begin));
    } else if (!layout_.dialect.comment.empty()) {  // a comment may be cut off at the window's end
      text = text.substr(0, std::max(begin, text.rfind('\n') + 1));
    }
    const bool simple =
        layout_.dialect.delimiter.size() == 1 && layout_.dialect.delimiter != "\"" && layout_.dialect.delimiter != "\n";
    while (begin < text.size()) {
      const std::vector<Block> blocks = simple ? cut_blocks(text, begin, layout_.dialect.quotes, last,
                                                            sink_.times_known() ? std::string_view::npos : 1)
                                               : std::vector<Block>();
      if (blocks.empty()) {
        HAINA_TRY(const size_t next, one_by_one(text, begin, simple ? begin + kBlock : text.size(), last));
        if (next == begin) {
          break;
        }
        begin = next;
        continue;
      }
      HAINA_OK(read_blocks(text, blocks));
      begin = blocks.back().end;
    }
    begin = last && begin == text.size() ? size : begin;
    byte_ += static_cast<int64_t>(begin);
    return begin;
  }

 private:
  // Finds the layout by the first window. Returns where the rows of data begin.
  Result<size_t> read_first_row(std::string_view text, bool last) {
    std::string_view sample = text.substr(0, kSample);
    sample = sample.size() < text.size() || !last ? sample.substr(0, sample.rfind('\n') + 1) : sample;
    const CsvLayout layout = find_csv_layout(sample, sink_.source());
    if (layout.first.empty()) {
      return last ? text.size() : 0;  // the first row's end is still to come
    }
    const bool header = reads_header(sink_.source(), sample, layout);
    HAINA_TRY(layout_.places, locate_columns(sink_.source(), layout, header, file_));
    layout_.dialect = layout.dialect;
    layout_.width = layout.width;
    const size_t begin = header ? std::min(text.size(), layout.end) : layout.begin;
    line_ = layout.first_line;
    if (header) {
      layout_.header = text.substr(layout.begin, layout.end - layout.begin);
      layout_.names = layout.first;
      line_ += std::ranges::count(layout_.header, '\n');
    }
    if (sink_.source().decimal.empty()) {
      sink_.use_decimal(decimal_of_sample(sample.substr(begin), sink_.source(), layout_.dialect, layout_.places));
    }
    sink_.detected()["delimiter"] = layout_.dialect.delimiter;
    sink_.detected()["header"] = header;
    if (layout.skip_lines > 0) {
      sink_.detected()["skip_lines"] = layout.skip_lines;
    }
    return begin;
  }

  // The last text of the file without lines of totals, which are rejected.
  Result<std::string_view> without_totals(std::string_view text, size_t begin) {
    const size_t end = begin + totals_begin(text.substr(begin), layout_.dialect);
    if (end == text.size()) {
      return text;
    }
    const int64_t line = line_ + std::ranges::count(text.substr(begin, end - begin), '\n');
    Status status = ok();
    scan_delimited(text.substr(end), layout_.dialect, [&](const DelimitedRow& row) {
      status = sink_.reject({file_, line + row.line - 1, byte_ + static_cast<int64_t>(end) + row.byte, row.raw},
                            "totals", "a line of totals, not a row");
      return status.has_value();
    });
    HAINA_OK(status);
    return text.substr(0, end);
  }

  Status read_blocks(std::string_view text, const std::vector<Block>& blocks) {
    std::vector<RowBlock> rows(blocks.size());
    for (RowBlock& block : rows) {
      block.builder = sink_.new_builder();
    }
    at::parallel_for(0, std::ssize(blocks), 1, [&](int64_t from, int64_t to) {
      for (int64_t b = from; b < to; ++b) {
        rows[static_cast<size_t>(b)] = read_block(text, byte_, blocks[static_cast<size_t>(b)], layout_, file_,
                                                  std::move(rows[static_cast<size_t>(b)].builder));
      }
    });
    for (RowBlock& block : rows) {
      for (Reject& reject : block.rejects) {
        reject.line += line_;
      }
      line_ += block.lines;
    }
    return sink_.append(std::move(rows), file_);
  }

  // Reads row by row, with quotes, until a row begins at or behind `until`; returns where that row begins.
  Result<size_t> one_by_one(std::string_view text, size_t begin, size_t until, bool last) {
    std::vector<Cell> cells(layout_.places.size());
    Status status = ok();
    size_t next = text.size();
    scan_delimited(text.substr(begin), layout_.dialect, [&](const DelimitedRow& row) {
      if (begin + static_cast<size_t>(row.byte) >= until || (row.at_end && !last)) {
        next = begin + static_cast<size_t>(row.byte);
        return false;
      }
      const RowPlace place = {file_, line_ + row.line - 1, byte_ + static_cast<int64_t>(begin) + row.byte, row.raw};
      if (row.open_quote) {
        status = sink_.reject(place, "quote", "a quote opens and never closes");
      } else if (is_blank_row(row.raw, layout_.dialect.blanks() ? "" : layout_.dialect.delimiter)) {
        return true;
      } else if (row.cells.size() != layout_.width &&
                 !(row.cells.size() == layout_.width + 1 && row.cells.back().empty())) {
        status = sink_.reject(place, "ragged", ragged(row.cells.size(), layout_.width));
      } else if (row.cells == layout_.names) {
        status = sink_.reject(place, "header", kRepeatedHeader);
      } else {
        for (size_t i = 0; i < cells.size(); ++i) {
          cells[i].text = row.cells[layout_.places[i]];
        }
        status = sink_.add(place, cells, layout_.places);
      }
      return status.has_value();
    });
    HAINA_OK(status);
    line_ += std::ranges::count(text.substr(begin, next - begin), '\n');
    return next;
  }

  std::string file_;
  RowSink& sink_;
  Layout layout_;
  int64_t line_ = 1;  // of the next row
  int64_t byte_ = 0;  // of the begin of the window's text
};

}  // namespace

std::unique_ptr<TextReader> make_csv_reader(const std::string& file, RowSink& sink) {
  return std::make_unique<CsvReader>(file, sink);
}

}  // namespace haina
