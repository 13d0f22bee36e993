// A column of times from the numbers that reading left of it.
#pragma once

#include <arrow/api.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace haina {

// What the written dates of a column show about the order of day and month.
struct DateEvidence {
  bool day_first = false,
       month_first = false;  // dates that can be read in this order alone
  bool read_day = false,
       read_month = false;  // how those were read that could be either
  void add(const DateEvidence& more);
};

// Converts numbers (float64, NaN where missing) in place to timestamp[us, UTC]; times that int64 microseconds cannot
// hold are at the end of its range, so that cleaning counts them. `written`: the numbers are microseconds, read from
// dates; if all that tell day and month apart say that the others were read the wrong way round, these are exchanged.
// Else they are of `unit` (a name of time_units()), or, if that is empty, of the unit that the median shows: between
// the years 1973 and 5138 a number is a time in only one of s, ms, µs and ns. A few absurd cells do not move the
// median. A cell far from the others that is a time near them in another unit is read in that; `detected` gets
// "time_unit" and how many these were.
std::shared_ptr<arrow::Array> times_of(const std::shared_ptr<arrow::Buffer>& buffer, std::string unit, bool written,
                                       const DateEvidence& dates, nlohmann::json& detected);

}  // namespace haina
