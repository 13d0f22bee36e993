// Times as programs and people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace haina {

// Which of the first two numbers of "03/04/2024" is the day. kNone: no such date (the year stands first, the month is a
// word, or both numbers are equal). kEither: both are at most 12, so the date does not tell.
enum class DayMonth { kNone, kDayFirst, kMonthFirst, kEither };

struct WrittenTime {
  int64_t micros = 0;  // since 1970 UTC; times without a zone count as UTC
  DayMonth order = DayMonth::kNone;
  bool month_first = false;  // how a kEither was read
};

// ISO 8601 in its common variants ("2023-11-14 22:13:20,123+00", "2023/11/14 22:13", "... UTC"); day, month and year
// with points, slashes or dashes ("14.11.2023 22:13", "11/14/2023 10:13:20 PM", "14.11.23"); months as words ("14 Nov
// 2023", "Nov 14, 2023", RFC 2822, "Tue Nov 14 22:13:20 +0000 2023", "14/Nov/2023:22:13:20 +0000"); "20231114T221320Z";
// "2023年11月14日 22:13". Nothing for digits alone, and for dates that do not exist. `wanted`: kDayFirst and
// kMonthFirst refuse dates of the other order; else a kEither is read as it is usual for its separator: month first
// with slashes.
std::optional<WrittenTime> parse_written_time(std::string_view text, DayMonth wanted = DayMonth::kNone);

// "20231114", "202311142213", "20231114221320": digits alone, in the years 1900 to 2099. Microseconds since 1970 UTC.
std::optional<int64_t> parse_compact_time(std::string_view text);

// The same moment with day and month exchanged; nothing if that is no date.
std::optional<int64_t> exchanged_day_month(int64_t micros);

}  // namespace haina
