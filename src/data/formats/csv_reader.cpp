#include "data/formats/csv_reader.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/suggest.h"
#include "base/utf8.h"
#include "data/formats/byte_scanner.h"
#include "data/formats/csv_scanner.h"
#include "data/parse_cell.h"
#include "data/rows/row_block_builder.h"

namespace haina {
namespace {

// Bytes that a thread reads at a time: small enough that they and the cells made of them stay in its cache.
constexpr size_t kBlock = 1 << 18;
constexpr size_t kHead = 1 << 16;  // bytes by which dialect and header are guessed
constexpr size_t kMostColumns = 100000;

std::string without_type(const std::string& header) { return header.substr(0, header.find(':')); }

// The place in the file of every configured column.
Result<std::vector<size_t>> locate(const SourceConfig& source, const std::vector<std::string>& header,
                                   const std::string& file) {
  std::set<std::string> names;
  for (const std::string& name : header) {
    if (!names.insert(name).second) {
      return fail({ErrorCode::kBadData, fmt::format("two columns are called '{}'", name), file + ":1",
                   "give each column its own name"});
    }
  }
  std::vector<size_t> places;
  for (const ColumnConfig& column : source.columns) {
    size_t place = header.size();
    for (size_t i = 0; i < header.size(); ++i) {
      if (header[i] == column.column || without_type(header[i]) == column.column) {
        place = i;
        break;
      }
    }
    if (place == header.size()) {
      std::vector<std::string> known;
      for (const std::string& name : header) {
        known.push_back(without_type(name));
      }
      const std::string hint = header.size() == 1 ? "; only one column was found: check the delimiter" : "";
      return fail({ErrorCode::kBadData, fmt::format("no column '{}' (asked for at {})", column.column, column.place),
                   file + ":1", did_you_mean(column.column, known) + hint});
    }
    places.push_back(place);
  }
  return places;
}

// A first row without a number above a row with one is a header.
bool looks_like_header(std::string_view head, const Dialect& dialect) {
  bool first = true;
  bool number_above = false;
  bool number_below = false;
  scan_delimited(head, dialect, [&](const DelimitedRow& row) {
    const bool number =
        std::ranges::any_of(row.cells, [](const std::string& cell) { return parse_number(trimmed(cell)).has_value(); });
    (first ? number_above : number_below) |= number;
    first = false;
    return !number_above && !number_below;
  });
  return !number_above && number_below;
}

bool columns_by_place(const SourceConfig& source) {
  return std::ranges::any_of(source.columns, [](const ColumnConfig& c) { return c.column.starts_with('#'); });
}

bool has_header(const SourceConfig& source, std::string_view head, const Dialect& dialect) {
  if (source.header != HeaderLine::kDetect) {
    return source.header == HeaderLine::kYes;
  }
  return !columns_by_place(source) || looks_like_header(head, dialect);
}

struct Layout {
  Dialect dialect;
  size_t width = 0;            // cells per row; 0: no row read yet
  std::vector<size_t> places;  // in the row, of the configured columns
};

// `head`: the beginning of the text, whole lines.
Dialect dialect_of(const SourceConfig& source, std::string_view head) {
  const std::string delimiter = source.delimiter.empty() && source.format == "tsv" ? "\t" : source.delimiter;
  Dialect dialect = delimiter.empty() ? guess_dialect(head) : Dialect{delimiter, true};
  dialect.quotes = source.quote != Quoting::kNone;
  return dialect;
}

// Places and width by the first row; the header's names, or "#1", "#2", ….
Result<Layout> layout_of(const SourceConfig& source, const Dialect& dialect, std::vector<std::string> names,
                         bool by_place, const std::string& file) {
  Layout layout = {.dialect = dialect, .width = names.size(), .places = {}};
  if (layout.width > kMostColumns) {
    return fail({ErrorCode::kBadData, fmt::format("{} columns", layout.width), file + ":1", "check the delimiter"});
  }
  for (size_t i = 0; by_place && i < layout.width; ++i) {
    names[i] = fmt::format("#{}", i + 1);
  }
  HAINA_TRY(layout.places, locate(source, names, file));
  return layout;
}

std::string ragged(size_t cells, size_t width) {
  return fmt::format("{} cells where the first row has {}", cells, width);
}

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
  std::vector<std::string_view> cells(layout.width), wanted(layout.places.size());
  std::vector<Cell> checked(layout.places.size());
  const auto keep = [&](Reject reject, std::string_view row) {
    reject.file = file;
    reject.line = rows.lines;
    reject.byte = byte + (row.data() - text.data());
    reject.raw = row.substr(0, 1000);
    rows.rejects.push_back(std::move(reject));
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
    const size_t last = end > row_begin && whole[end - 1] == '\r' ? end - 1 : end;
    if (count < layout.width) {
      cells[count] = whole.substr(begin, last - begin);
    }
    ++count;
    begin = end + 1;
    const std::string_view row = whole.substr(row_begin, last - row_begin);
    if (row.empty()) {
      continue;
    }
    if (count != layout.width) {
      Reject reject;
      reject.code = "ragged";
      reject.message = ragged(count, layout.width);
      keep(std::move(reject), row);
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
    } else {
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
    byte_ += static_cast<int64_t>(begin);
    return begin;
  }

 private:
  // The first row defines the number of cells and the columns' places. Returns where the rows of data begin.
  Result<size_t> read_first_row(std::string_view text, bool last) {
    const SourceConfig& source = sink_.source();
    std::string_view head = text.substr(0, kHead);
    head = head.size() < text.size() || !last ? head.substr(0, head.rfind('\n') + 1) : head;
    const Dialect dialect = dialect_of(source, head);
    const bool header = has_header(source, head, dialect);
    size_t begin = last ? text.size() : 0;
    Status status = ok();
    bool first = true;
    scan_delimited(text, dialect, [&](const DelimitedRow& row) {
      if (row.at_end && !last && first) {
        return false;  // the row's end is still to come
      }
      if (!first || !header) {
        begin = static_cast<size_t>(row.byte);
        line_ = row.line;
      }
      if (!first) {
        return false;
      }
      first = false;
      auto layout = layout_of(source, dialect, row.cells, !header || columns_by_place(source), file_);
      if (!layout) {
        status = fail(layout.error());
        return false;
      }
      layout_ = std::move(*layout);
      if (header) {  // rows of data begin behind it, if there are any
        begin = static_cast<size_t>(row.byte) + row.raw.size();
        line_ = row.line + std::ranges::count(row.raw, '\n');
      }
      return header;
    });
    HAINA_OK(status);
    layout_.dialect = dialect;
    sink_.detected()["delimiter"] = dialect.delimiter;
    sink_.detected()["header"] = header;
    return begin;
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
      } else if (row.cells.size() != layout_.width) {
        status = sink_.reject(place, "ragged", ragged(row.cells.size(), layout_.width));
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
