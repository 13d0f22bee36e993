#include "data/read_delimited.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "base/suggest.h"
#include "data/cells.h"
#include "data/delimited.h"
#include "data/table_builder.h"

namespace haina {
namespace {

constexpr size_t kBlock = 4 << 20;    // bytes a thread reads at a time
constexpr size_t kBlocksAtOnce = 64;  // cut and looked through before they are read
constexpr size_t kMostColumns = 100000;

std::string without_type(const std::string& header) { return header.substr(0, header.find(':')); }

// For every configured column its place in the file.
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

// A first row without any number, over rows that have one, is a header.
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

bool has_header(const SourceConfig& source, std::string_view head, const Dialect& dialect) {
  if (!source.header.empty()) {
    return source.header != "no";
  }
  const bool by_place =
      std::ranges::any_of(source.columns, [](const ColumnConfig& c) { return c.column.starts_with('#'); });
  return !by_place || looks_like_header(head, dialect);
}

// What rows are read by.
struct Layout {
  Dialect dialect;
  size_t width = 0;            // cells a row
  std::vector<size_t> places;  // of the wanted columns
};

std::string ragged(size_t cells, size_t width) {
  return fmt::format("{} cells where the first row has {}", cells, width);
}

// Text from one row's begin to another's, without quotes.
struct Block {
  size_t begin = 0, end = 0;
  int64_t first_line = 0, num_lines = 0;
};

// Every row of a block. Cells are views into the text; what add_plain does not take goes through the same checks as any
// cell.
RowBlock read_block(std::string_view text, const Block& block, const Layout& layout, const std::string& file,
                    std::unique_ptr<TableBuilder> builder) {
  RowBlock rows = {std::move(builder), 0};
  const std::string_view whole = text.substr(block.begin, block.end - block.begin);
  rows.builder->reserve(block.num_lines, std::ssize(whole));
  const bool plain = whole.find('\0') == std::string_view::npos && is_valid_utf8(whole);
  const char delimiter = layout.dialect.delimiter[0];
  std::vector<std::string_view> cells(layout.width), wanted(layout.places.size());
  std::vector<Cell> checked(layout.places.size());
  const auto refuse = [&](Reject reject, std::string_view row, int64_t line) {
    reject.file = file;
    reject.line = line;
    reject.byte = row.data() - text.data();
    reject.raw = row.substr(0, 1000);
    rows.rejects.push_back(std::move(reject));
  };
  int64_t line = block.first_line;
  for (const char *at = whole.data(), *const end = whole.data() + whole.size(); at < end; ++line) {
    const auto* const newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
    const char* const stop = newline == nullptr ? end : newline;
    const char* const last = stop > at && stop[-1] == '\r' ? stop - 1 : stop;
    const std::string_view row(at, static_cast<size_t>(last - at));
    at = stop + 1;
    if (row.empty()) {
      continue;
    }
    size_t count = 0;
    for (const char* cell = row.data();; ++count) {
      const auto* const cut = static_cast<const char*>(std::memchr(cell, delimiter, static_cast<size_t>(last - cell)));
      if (count < layout.width) {
        cells[count] = {cell, static_cast<size_t>((cut == nullptr ? last : cut) - cell)};
      }
      if (cut == nullptr) {
        ++count;
        break;
      }
      cell = cut + 1;
    }
    if (count != layout.width) {
      Reject reject;
      reject.code = "ragged";
      reject.message = ragged(count, layout.width);
      refuse(std::move(reject), row, line);
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
      refuse(std::move(reject), row, line);
    }
  }
  return rows;
}

// Row by row, with quotes, from `begin` until a row begins at or behind `until`; returns where, and counts lines on.
Result<size_t> read_with_quotes(std::string_view text, size_t begin, size_t until, const Layout& layout,
                                const std::string& file, int64_t& line, RowSink& sink) {
  std::vector<Cell> cells(layout.places.size());
  Status status = ok();
  size_t next = text.size();
  int64_t next_line = line;
  scan_delimited(text.substr(begin), layout.dialect, [&](const DelimitedRow& row) {
    if (begin + static_cast<size_t>(row.byte) >= until) {
      next = begin + static_cast<size_t>(row.byte);
      next_line = line + row.line - 1;
      return false;
    }
    const RowPlace place = {file, line + row.line - 1, static_cast<int64_t>(begin) + row.byte, row.raw};
    if (row.open_quote) {
      status = sink.refuse(place, "quote", "a quote opens and never closes");
    } else if (row.cells.size() != layout.width) {
      status = sink.refuse(place, "ragged", ragged(row.cells.size(), layout.width));
    } else {
      for (size_t i = 0; i < cells.size(); ++i) {
        cells[i].text = row.cells[layout.places[i]];
      }
      status = sink.add(place, cells, layout.places);
    }
    return status.has_value();
  });
  if (!status) {
    return fail(status.error());
  }
  line = next_line;
  return next;
}

// The next blocks from `begin`, each ending behind a line, up to the first with a quote where quotes count.
std::vector<Block> cut_blocks(std::string_view text, size_t begin, int64_t line, bool quotes, size_t most) {
  std::vector<Block> blocks;
  while (begin < text.size() && blocks.size() < most) {
    size_t end = std::min(begin + kBlock, text.size());
    const size_t newline = end == text.size() ? std::string_view::npos : text.find('\n', end);
    end = newline == std::string_view::npos ? text.size() : newline + 1;
    blocks.push_back({begin, end, line, 0});
    begin = end;
  }
  std::vector<uint8_t> quoted(blocks.size(), 0);
  at::parallel_for(0, std::ssize(blocks), 1, [&](int64_t first, int64_t last) {
    for (int64_t b = first; b < last; ++b) {
      Block& block = blocks[static_cast<size_t>(b)];
      const std::string_view part = text.substr(block.begin, block.end - block.begin);
      block.num_lines = std::ranges::count(part, '\n') + (part.ends_with('\n') ? 0 : 1);
      quoted[static_cast<size_t>(b)] = quotes && part.find('"') != std::string_view::npos;
    }
  });
  const auto first_quoted = std::ranges::find(quoted, uint8_t{1}) - quoted.begin();
  blocks.resize(static_cast<size_t>(first_quoted));
  for (Block& block : blocks) {
    block.first_line = line;
    line += block.num_lines;
  }
  return blocks;
}

}  // namespace

Status read_delimited(std::string_view text, const std::string& file, RowSink& sink) {
  const SourceConfig& source = sink.source();
  std::string_view head = text.substr(0, 1 << 16);
  head = head.size() < text.size() ? head.substr(0, head.rfind('\n') + 1) : head;
  const std::string delimiter = source.delimiter.empty() && source.format == "tsv" ? "\t" : source.delimiter;
  Layout layout = {delimiter.empty() ? guess_dialect(head) : Dialect{delimiter, true}, 0, {}};
  layout.dialect.quotes = source.quote != "none";
  const bool header = has_header(source, head, layout.dialect);
  const bool by_place =
      !header || std::ranges::any_of(source.columns, [](const ColumnConfig& c) { return c.column.starts_with('#'); });
  sink.seen()["delimiter"] = layout.dialect.delimiter;
  sink.seen()["header"] = header;

  // The first row says how wide all are, and where the columns lie.
  size_t begin = text.size();
  int64_t line = 1;
  Status status = ok();
  bool first = true;
  scan_delimited(text, layout.dialect, [&](const DelimitedRow& row) {
    if (!first || !header) {
      begin = static_cast<size_t>(row.byte);
      line = row.line;
    }
    if (!first) {
      return false;
    }
    first = false;
    layout.width = row.cells.size();
    std::vector<std::string> names = row.cells;
    for (size_t i = 0; by_place && i < layout.width; ++i) {
      names[i] = fmt::format("#{}", i + 1);
    }
    auto located =
        layout.width > kMostColumns
            ? fail({ErrorCode::kBadData, fmt::format("{} columns", layout.width), file + ":1", "check the delimiter"})
            : locate(source, names, file);
    if (!located) {
      status = fail(located.error());
      return false;
    }
    layout.places = *located;
    return header;
  });
  HAINA_OK(status);

  const bool simple =
      layout.dialect.delimiter.size() == 1 && layout.dialect.delimiter != "\"" && layout.dialect.delimiter != "\n";
  while (begin < text.size()) {
    const std::vector<Block> blocks =
        simple ? cut_blocks(text, begin, line, layout.dialect.quotes, sink.times_known() ? kBlocksAtOnce : 1)
               : std::vector<Block>();
    if (blocks.empty()) {
      HAINA_TRY(begin, read_with_quotes(text, begin, simple ? begin + kBlock : text.size(), layout, file, line, sink));
      continue;
    }
    std::vector<RowBlock> rows(blocks.size());
    for (RowBlock& block : rows) {
      block.builder = sink.following();
    }
    at::parallel_for(0, std::ssize(blocks), 1, [&](int64_t from, int64_t to) {
      for (int64_t b = from; b < to; ++b) {
        rows[static_cast<size_t>(b)] = read_block(text, blocks[static_cast<size_t>(b)], layout, file,
                                                  std::move(rows[static_cast<size_t>(b)].builder));
      }
    });
    for (RowBlock& block : rows) {
      HAINA_OK(sink.absorb(std::move(block), file));
    }
    begin = blocks.back().end;
    line = blocks.back().first_line + blocks.back().num_lines;
  }
  return ok();
}

}  // namespace haina
