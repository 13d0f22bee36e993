// NumPy's .npy: a matrix of f4, f8, i4 or i8 in C order.
#pragma once

#include <string>
#include <string_view>

#include "data/rows/row_sink.h"

namespace haina {

// Column "#row" is the row's number from 0, "vector" the row. In places the line is the row, from 1.
Status read_npy(std::string_view bytes, const std::string& file, RowSink& sink);

}  // namespace haina
