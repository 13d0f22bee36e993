// What the cells of a file may hide: values that reading has to guess about, said before anything is trained on them.
#pragma once

#include <string>
#include <vector>

#include "data/formats/file_preview.h"

namespace haina {

// Dates that do not tell day from month, times in several units, impossible times, numbers with odd cells or unclear
// decimal marks, ids that a spreadsheet has rounded, words for missing ids. One plain sentence each, with a sample
// value and what to write if the guess is wrong.
std::vector<std::string> cell_doubts(const FilePreview& preview);

}  // namespace haina
