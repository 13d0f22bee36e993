// Events that no person made and numbers that no sensor measured: dropped or made missing, and every case counted.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "config/config.h"
#include "data/dataset.h"
#include "data/cleaning/quality_report.h"

namespace haina {

// Every column of the log, context too.
std::vector<at::Tensor*> event_columns(Dataset& dataset);
// Calls with a pointer of as many bytes a row as the column's: columns are moved about without a look at what they
// hold.
template <class Call>
void with_row_type(const at::Tensor& column, Call call) {
  const void* const data = column.const_data_ptr();
  switch (column.element_size()) {
    case 1:
      call(static_cast<const uint8_t*>(data));
      return;
    case 4:
      call(static_cast<const uint32_t*>(data));
      return;
    default:
      call(static_cast<const uint64_t*>(data));
  }
}
// Rows whose keep is 0 leave the log. keep: one a row.
void keep_events(Dataset& dataset, std::span<const uint8_t> keep);

// All of these need the log sorted by user and time.
// Exact repeats of (user, item, action, time, part).
void drop_duplicates(Dataset& dataset, QualityReport& quality);
// More events of one user in a minute than a person makes: all of that minute's go, and so do repeats of one action on
// one item within duplicate_seconds, inside one part.
void drop_floods(const CleanConfig& clean, Dataset& dataset, QualityReport& quality);
// Users and items with fewer events than asked lose them, again and again until none is left below; then they leave
// the dataset, where such a bound is set.
void keep_core(const CleanConfig& clean, Dataset& dataset, QualityReport& quality);

// Numbers further from the median than z robust deviations (1.4826 x the median absolute deviation) become missing.
void drop_outliers(Field& field, double z, const Vocabulary& ids, QualityReport& quality);

}  // namespace haina
