// Columns of text whose cells are lists.
#pragma once

#include <string>

#include "data/inference/column_stats.h"

namespace haina {

// "vector:list" for cells such as "[0.1, 0.2]", "tags:list" for "['Action', 'Drama']" and for "Action, Comedy" where
// the same few words return; empty for other text, such as sentences with commas.
std::string list_type(const ColumnStats& stats);

}  // namespace haina
