// One cell of text as a typed value; nothing where the whole text is not such a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace haina {

// Without blanks, tabs and carriage returns at both ends.
std::string_view trimmed(std::string_view text);
// A finite number; `decimal` is the decimal mark. "nan", "inf", "1x" and numbers that overflow are refused.
std::optional<double> parse_number(std::string_view text, char decimal = '.');
// "2024-02-29", "2024/02/29", "2024-02-29T12:30", "2024-02-29 12:30:05.25Z", " UTC" or "+02:00": microseconds since
// 1970 UTC. Dates that do not exist are refused. parse_time.h has all other forms.
std::optional<int64_t> parse_iso_time(std::string_view text);

}  // namespace haina
