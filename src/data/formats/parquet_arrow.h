// Columns that come typed: Parquet and Arrow IPC. Each cell passes the same checks as a cell of text.
#pragma once

#include <string>
#include <string_view>

#include "data/rows/row_sink.h"

namespace haina {

// In places the line is the row, from 1.
Status read_parquet(std::string_view bytes, const std::string& file, RowSink& sink);
// The file format and the stream format.
Status read_arrow_ipc(std::string_view bytes, const std::string& file, RowSink& sink);

}  // namespace haina
