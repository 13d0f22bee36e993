#include "data/rows/times_of.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "data/parse_time.h"
#include "data/rows/validity.h"

namespace haina {
namespace {

constexpr int64_t kNoTime = INT64_MIN;
constexpr double kExcelEpoch = 25569;  // 1970-01-01 in days since the end of 1899
constexpr double kDayMicros = 86'400e6;
constexpr int64_t kMostSampled = 10000;

// Units by size, each from 1973 (1e8 s) on.
struct Unit {
  const char* name;
  double from, micros;
};
constexpr auto kUnits = std::to_array<Unit>({{"s", 1e8, 1e6}, {"ms", 1e11, 1e3}, {"us", 1e14, 1}, {"ns", 1e17, 1e-3}});

const Unit& unit_by_size(double number) {
  size_t u = kUnits.size() - 1;
  while (u > 0 && std::abs(number) < kUnits[u].from) {
    --u;
  }
  return kUnits[u];
}

// "20231114", "20231114221320" as a number.
std::optional<int64_t> compact_time(double number) {
  const bool whole = number >= 1e7 && number < 1e14 && std::floor(number) == number;
  return whole ? parse_compact_time(std::to_string(static_cast<int64_t>(number))) : std::nullopt;
}

// NaN is missing; a time beyond the range of int64 becomes one at its end, which cleaning counts as impossible.
int64_t micros_of(double number, double factor) {
  return std::isnan(number) ? kNoTime : static_cast<int64_t>(std::clamp(number * factor, -9e18, 9e18));
}

// Numbers of ten thousand rows, spread evenly.
std::vector<double> sample_of(const double* numbers, int64_t n) {
  std::vector<double> sample;
  for (int64_t i = 0; i < n; i += std::max<int64_t>(1, n / kMostSampled)) {
    if (!std::isnan(numbers[i])) {
      sample.push_back(numbers[i]);
    }
  }
  return sample;
}

std::string unit_of(std::vector<double>& sample) {
  if (sample.empty()) {
    return "s";
  }
  const auto compact = std::ranges::count_if(sample, [](double number) { return compact_time(number).has_value(); });
  if (20 * compact >= 19 * std::ssize(sample)) {
    return "yyyymmdd";
  }
  const auto middle = sample.begin() + std::ssize(sample) / 2;
  std::ranges::nth_element(sample, middle, {}, [](double number) { return std::abs(number); });
  return unit_by_size(*middle).name;
}

// Whether the column's times lie in one unit, so that a cell of another size stands out; the earliest and the latest.
struct Range {
  double from = 0, to = 0;  // microseconds
};

std::optional<Range> range_of(std::vector<double>& sample, const Unit& unit) {
  std::erase_if(sample, [&](double number) { return number < unit.from || number >= unit.from * 1e3; });
  if (sample.size() < 10) {
    return std::nullopt;
  }
  constexpr double kYear = 366 * kDayMicros;
  const auto [least, most] = std::ranges::minmax(sample);
  return Range{least * unit.micros - kYear, most * unit.micros + kYear};
}

template <class Convert>
void convert_all(uint8_t* bytes, int64_t n, Convert convert) {
  at::parallel_for(0, n, 1 << 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      double number = 0;
      std::memcpy(&number, bytes + i * 8, 8);
      const int64_t micros = convert(number);
      std::memcpy(bytes + i * 8, &micros, 8);
    }
  });
}

// Numbers of a unit; those of another size that fall among the others in their own unit are read in that.
void convert_numbers(uint8_t* bytes, int64_t n, const Unit& unit, std::vector<double> sample,
                     nlohmann::json& detected) {
  const std::optional<Range> range = range_of(sample, unit);
  std::atomic<int64_t> odd = 0;
  convert_all(bytes, n, [&](double number) {
    const bool fits = !range || std::isnan(number) || (number >= unit.from && number < unit.from * 1e3);
    if (!fits) {
      const double own = number * unit_by_size(number).micros;
      if (own >= range->from && own <= range->to) {
        ++odd;
        return static_cast<int64_t>(own);
      }
    }
    return micros_of(number, unit.micros);
  });
  if (odd > 0) {
    detected["times_of_another_unit"] = odd.load();
  }
}

}  // namespace

void DateEvidence::add(const DateEvidence& more) {
  day_first |= more.day_first;
  month_first |= more.month_first;
  read_day |= more.read_day;
  read_month |= more.read_month;
}

std::shared_ptr<arrow::Array> times_of(const std::shared_ptr<arrow::Buffer>& buffer, std::string unit, bool written,
                                       const DateEvidence& dates, nlohmann::json& detected) {
  const int64_t n = buffer->size() / 8;
  uint8_t* const bytes = buffer->mutable_data();
  std::vector<double> sample = sample_of(reinterpret_cast<const double*>(buffer->data()), n);
  if (written) {
    unit = unit.empty() || unit == "s" || unit == "ms" || unit == "us" || unit == "ns" ? "iso" : unit;
    const bool wrong = unit == "iso" && dates.day_first != dates.month_first &&
                       (dates.day_first ? dates.read_month && !dates.read_day : dates.read_day && !dates.read_month);
    convert_all(bytes, n, [&](double number) {
      const int64_t micros = micros_of(number, 1);
      return wrong && micros != kNoTime ? exchanged_day_month(micros).value_or(micros) : micros;
    });
  } else {
    unit = unit.empty() ? unit_of(sample) : unit;
    const auto* const known = std::ranges::find(kUnits, unit, &Unit::name);
    if (unit == "yyyymmdd") {
      convert_all(bytes, n, [](double number) { return compact_time(number).value_or(kNoTime); });
    } else if (unit == "excel") {
      convert_all(bytes, n, [](double number) {
        return micros_of(std::round((number - kExcelEpoch) * 86'400),
                         1e6);  // spreadsheets hold whole seconds at best
      });
    } else if (known != kUnits.end()) {
      convert_numbers(bytes, n, *known, std::move(sample), detected);
    } else {  // dates were asked for, and every cell is missing
      convert_all(bytes, n, [](double number) { return micros_of(number, 1); });
    }
  }
  detected["time_unit"] = unit;
  int64_t missing = 0;
  const auto valid =
      validity(reinterpret_cast<const int64_t*>(bytes), n, [](int64_t t) { return t != kNoTime; }, missing);
  return std::make_shared<arrow::TimestampArray>(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), n, buffer, valid,
                                                 missing);
}

}  // namespace haina
