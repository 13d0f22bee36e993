// Reads one [[source]] into a typed Arrow table. Every cell is checked; every bad row is kept with place and reason.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "config/config.h"
#include "data/rows/read_result.h"

namespace haina {

// The table's columns are named by role, or by the field's own name. Types: ids, actions, categories, context:
// dictionary<int32, large_utf8>; texts: large_utf8; value, weight, number: float64 with nulls; time: timestamp[us, UTC]
// with nulls; tags: list<large_utf8>; vector: list<float64>. kBadData, naming the first bad place, if more than
// source.max_rejects of the rows are bad or none is good. The format is the source's own or is detected per file
// (formats.def lists them); .gz and .zst are decompressed. RecBole's typed headers match with and without ":type".
Result<ReadResult> read_source(const SourceConfig& source, const ReadOptions& options);

// Checks the format's name before any file is opened: kInvalidArgument with "did you mean" if a source names an unknown
// one.
Status check_format(const SourceConfig& source);

// Reads bytes in memory as if they were a file of that name; they must not be compressed.
Result<ReadResult> read_source_bytes(const SourceConfig& source, std::string_view bytes, const std::string& name,
                                     const ReadOptions& options);

}  // namespace haina
