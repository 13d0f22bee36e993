// Cleaning rules: events that no person made are dropped, absurd numbers become missing, and every case is counted.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "config/config.h"
#include "data/cleaning/quality_report.h"
#include "data/dataset.h"
#include "data/field.h"
#include "data/vocabulary.h"

namespace haina {

// All columns of the log, with those of the context.
std::vector<at::Tensor*> event_columns(Dataset& dataset);
// Calls with the column's data as unsigned integers of the same width, so that rows of any dtype can be copied.
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
// Removes the rows whose keep is 0 from the log. keep: one a row.
void keep_events(Dataset& dataset, std::span<const uint8_t> keep);

// All rules below need the log sorted by user and time.
// Drops exact repeats of (user, item, action, time, part), all but the first.
void drop_duplicates(Dataset& dataset, QualityReport& quality);
// Drops all events of a user in a minute that has more than flood_per_minute of them: that is a program, not a person.
void drop_floods(const CleanConfig& clean, Dataset& dataset, QualityReport& quality);
// Drops repeats of (user, item, action, part) within duplicate_seconds of the last one kept. Events without a time
// stay.
void drop_near_duplicates(const CleanConfig& clean, Dataset& dataset, QualityReport& quality);
// k-core: drops the events of users and items with fewer events than min_user_events and min_item_events, until none is
// below. Where such a minimum is set, users or items without events leave the dataset.
void keep_core(const CleanConfig& clean, Dataset& dataset, QualityReport& quality);

// Numbers further from the median than z robust standard deviations (1.4826 x the median absolute deviation) become
// missing. Does nothing for z <= 0, for fewer than 20 numbers, or where the deviation is 0.
void drop_outliers(Field& field, double z, const Vocabulary& ids, QualityReport& quality);

}  // namespace haina
