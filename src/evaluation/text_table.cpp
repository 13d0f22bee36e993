#include "evaluation/text_table.h"

#include <algorithm>
#include <cstddef>

namespace haina {
namespace {

// Terminal columns of UTF-8 text: one for a code point, two for East Asian wide letters (roughly from U+3000 to
// U+DFFF).
size_t columns_of(const std::string& text) {
  size_t columns = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    columns += (byte & 0xC0) == 0x80 ? 0 : (byte >= 0xE3 && byte <= 0xED ? 2 : 1);
  }
  return columns;
}

}  // namespace

std::string TextTable::text() const {
  std::vector<size_t> widths(rows_[0].size(), 0);
  for (const auto& row : rows_) {
    for (size_t c = 0; c < row.size(); ++c) {
      widths[c] = std::max(widths[c], columns_of(row[c]));
    }
  }
  std::string out;
  for (size_t r = 0; r < rows_.size(); ++r) {
    for (size_t c = 0; c < rows_[r].size(); ++c) {
      const std::string pad(widths[c] - columns_of(rows_[r][c]), ' ');
      out += c == 0 ? rows_[r][c] + pad : "  " + pad + rows_[r][c];
    }
    while (out.ends_with(' ')) {
      out.pop_back();
    }
    out += '\n';
    if (r == 0) {
      size_t total = 0;
      for (const size_t width : widths) {
        total += width + 2;
      }
      out += std::string(total - 2, '-') + '\n';
    }
  }
  return out;
}

}  // namespace haina
