// One normal form for the values of a column of codes: without blanks around them, whole numbers without ".0", and
// words for missing values as missing. By the dictionary, so that no cell is looked at twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "data/vocabulary.h"

namespace haina {

struct NormalNames {
  Vocabulary names;
  std::vector<int32_t> code_of;  // by the old code; -1: missing
};

// Nothing if every name is already in its normal form. Ids: "196.0" is 196 if no id of the column has another fraction;
// words for missing values stay, since only all sources together show whether one is a real id. Categories: "NULL" and
// its like are missing, "NA" too unless the others are such short codes (countries).
std::optional<NormalNames> normalize_names(const Vocabulary& names, const ColumnConfig& column);

// The text without blanks of any kind and byte order marks at its ends.
std::string_view without_blanks(std::string_view text);

}  // namespace haina
