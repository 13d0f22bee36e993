// A source of pictures, sounds and films as a table of vectors.
#pragma once

#include "base/error.h"
#include "config/config.h"
#include "data/rows/read_result.h"
#include "media/feature_cache.h"

namespace haina {

// Columns: item or user, path (of the first file), and picture, motion, sound (list<float64>) as far as some file has
// them. Several files of one id count as their mean. A file that cannot be decoded is rejected with the reason, and is
// never an error. Nothing of users is added to the cache.
Result<ReadResult> read_media(const SourceConfig& source, FeatureCache& cache, const ReadOptions& options);

}  // namespace haina
