// The doubts of haina init as a person reads them: the worst first, one line each, with sample rows.
#pragma once

#include <string>
#include <vector>

#include "data/inference/doubt.h"

namespace haina {

// By what they can spoil, the worst first; within that in their order. Repeats go.
void order_doubts(std::vector<Doubt>& doubts);

// "ratings.csv: no header: …" on one line, whatever characters the file put into it.
std::string doubt_line(const Doubt& doubt);

// All doubts under headings, with sample rows: for a terminal.
std::string doubts_text(const std::vector<Doubt>& doubts);

// One line: line breaks and other control characters as blanks, bytes that are not UTF-8 as "?".
std::string one_line(const std::string& text);

}  // namespace haina
