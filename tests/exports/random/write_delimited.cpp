#include <fmt/format.h>

#include <algorithm>

#include "exports/random/export_table.h"

namespace haina {
namespace {

class DelimitedWriter {
 public:
  DelimitedWriter(const Plan& plan, const Table& table, Draw& draw)
      : plan_(plan),
        table_(table),
        draw_(draw),
        blank_(plan.has(Defect::kBlankAfterDelimiter)),
        index_(plan.has(Defect::kIndexColumn)),
        trailing_(plan.has(Defect::kTrailingDelimiters)) {}

  std::string write() {
    if (plan_.has(Defect::kSepLine)) {
      line("sep=" + plan_.delimiter);
    }
    if (plan_.has(Defect::kComments)) {
      line("# exported from the shop's database");
      line(fmt::format("# {} rows", table_.rows.size()));
    }
    if (plan_.has(Defect::kTitleLines)) {
      line("Report of " + table_.stem);
      line("");
    }
    if (plan_.header) {
      header();
    }
    const auto count = std::ssize(table_.rows);
    const int64_t middle = count / 2 + draw_.below(5);
    for (int64_t r = 0; r < count; ++r) {
      if (r == middle && plan_.has(Defect::kRepeatedHeader)) {
        header();
      }
      if (plan_.has(Defect::kBlankLines) && draw_.chance(0.03)) {
        line("");
      }
      row(r);
    }
    if (plan_.has(Defect::kTotal) && !table_.months.empty()) {
      total();
    }
    if (!plan_.last_line_ends && text_.ends_with(plan_.line_end)) {
      text_.resize(text_.size() - plan_.line_end.size());
    }
    return encoded(text_, plan_.encoding).value_or(text_);
  }

 private:
  void line(const std::string& text) { text_ += text + plan_.line_end; }

  std::string quoted(const std::string& cell) const {
    const bool stray = plan_.has(Defect::kStrayQuotes) && !cell.empty() && cell.front() != '"' &&
                       cell.find(plan_.delimiter) == std::string::npos && cell.front() != '[';
    const bool needed = cell.find(plan_.delimiter) != std::string::npos || cell.find('\n') != std::string::npos ||
                        (cell.find('"') != std::string::npos && !stray);
    if (plan_.delimiter == "::" || (!needed && !plan_.quote_all)) {
      return cell;
    }
    std::string text = "\"";
    for (const char c : cell) {
      text += c == '"' ? "\"\"" : std::string(1, c);
    }
    return text + "\"";
  }

  void cells(const std::vector<std::string>& cells) {
    std::string text;
    for (size_t c = 0; c < cells.size(); ++c) {
      text += (c == 0 ? "" : plan_.delimiter + (blank_ ? " " : "")) + quoted(cells[c]);
    }
    line(text + (trailing_ ? plan_.delimiter : ""));
  }

  void header() {
    std::vector<std::string> names;
    if (index_) {
      names.emplace_back(table_.rows.size() % 3 == 0 ? "Unnamed: 0" : "");
    }
    for (const Column& column : table_.columns) {
      names.push_back(column.name);
    }
    if (plan_.has(Defect::kColumnTwice)) {
      names.push_back(table_.columns.back().name);
    }
    cells(names);
  }

  void row(int64_t r) {
    std::vector<std::string> texts;
    if (index_) {
      texts.push_back(fmt::format("{}", r));
    }
    for (const Cell& cell : table_.rows[static_cast<size_t>(r)]) {
      texts.push_back(cell.text);
    }
    if (plan_.has(Defect::kColumnTwice)) {
      texts.emplace_back("-");
    }
    cells(texts);
  }

  void total() {
    std::vector<std::string> texts(table_.columns.size() + (index_ ? 1 : 0));
    texts.front() = "Total";
    texts.back() = fmt::format("{}", table_.rows.size());
    cells(texts);
  }

  const Plan& plan_;
  const Table& table_;
  Draw& draw_;
  bool blank_, index_, trailing_;
  std::string text_;
};

}  // namespace

std::string delimited_text(const Plan& plan, const Table& table, Draw& draw) {
  return DelimitedWriter(plan, table, draw).write();
}

}  // namespace haina
