// One [[source]] as a typed Arrow table: every cell checked by our own conversion, every bad row kept with its place
// and reason.
#pragma once

#include <string>
#include <string_view>

#include "config/config.h"
#include "data/rows/read_result.h"

namespace haina {

// Columns are named by role, or by the field's own name. Ids, actions, categories, context: dictionary<int32,
// large_utf8>; texts: large_utf8; value, weight, number: float64 with nulls; time: timestamp[us, UTC] with nulls; tags:
// list<large_utf8>; vector: list<float64>. kBadData, naming the first bad place, where more than source.max_rejects of
// the rows are bad or none is good. Formats: delimited text with any delimiter, with or without quotes and header; JSON
// lines and documents; lists of items; Parquet, Arrow IPC and .npy; all also .gz and .zst. RecBole's typed headers
// match with and without their ":type".
Result<ReadResult> read_source(const SourceConfig& source, const ReadOptions& options);

// The same of bytes in memory, as if they were a file of that name; what lies compressed must be unpacked before.
Result<ReadResult> read_source_bytes(const SourceConfig& source, std::string_view bytes, const std::string& name,
                                     const ReadOptions& options);

}  // namespace haina
