// What users had before a log begins: the histories that each of its rows repeats.
#pragma once

#include <arrow/api.h>

#include <memory>

#include "base/error.h"
#include "config/config.h"

namespace haina {

// Keeps each (user, item) once, in order of first appearance, and dates all rows a second before the first row's time.
// kBadData if memory is short.
Result<std::shared_ptr<arrow::Table>> without_repeated_history(std::shared_ptr<arrow::Table> table,
                                                               const SourceConfig& source);

}  // namespace haina
