#include "pipeline/init_doubts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/utf8.h"

namespace haina {

void order_doubts(std::vector<Doubt>& doubts) {
  std::set<std::string> seen;
  std::erase_if(doubts, [&](const Doubt& doubt) { return !seen.insert(doubt_line(doubt)).second; });
  std::ranges::stable_sort(doubts, {}, &Doubt::spoils);
}

std::string one_line(const std::string& text) {
  const bool valid = is_valid_utf8(text);
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7F ? ' ' : !valid && byte >= 0x80 ? '?' : c;
  }
  return line;
}

std::string doubt_line(const Doubt& doubt) {
  return one_line(doubt.file.empty() ? doubt.text : doubt.file + ": " + doubt.text);
}

std::string doubts_text(const std::vector<Doubt>& doubts) {
  static constexpr std::array kHeadings = {"what is read", "users, items and events", "times and the split",
                                           "what counts as wanted", "single fields"};
  std::string text;
  const Doubt* before = nullptr;
  for (const Doubt& doubt : doubts) {
    if (before == nullptr || before->spoils != doubt.spoils) {
      text += fmt::format("Please check {}:\n", kHeadings[static_cast<size_t>(doubt.spoils)]);
    }
    text += "  - " + doubt_line(doubt) + "\n";
    const bool same_rows = before != nullptr && before->file == doubt.file && before->rows == doubt.rows;
    for (const std::string& row : same_rows ? std::vector<std::string>() : doubt.rows) {
      text += "      " + one_line(row) + "\n";
    }
    before = &doubt;
  }
  return text;
}

}  // namespace haina
