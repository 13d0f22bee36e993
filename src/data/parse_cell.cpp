#include "data/parse_cell.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <string>

namespace haina {
namespace {

// Removes exactly `width` digits from the front.
std::optional<int> take_digits(std::string_view& text, size_t width) {
  if (text.size() < width) {
    return std::nullopt;
  }
  int value = 0;
  for (size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9') {
      return std::nullopt;
    }
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

// ".25" or ",25" in microseconds; digits after the sixth are ignored.
std::optional<int64_t> take_fraction(std::string_view& text) {
  if (!take(text, '.') && !take(text, ',')) {
    return 0;
  }
  int64_t result = 0;
  int64_t unit = 100'000;
  bool any = false;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
    result += unit * (text.front() - '0');
    unit /= 10;
    any = true;
  }
  return any ? std::optional<int64_t>(result) : std::nullopt;
}

// "", "Z", " UTC", "+02:00", "+0200" or "+02", in minutes east of UTC.
std::optional<int> take_zone(std::string_view& text) {
  if (text.empty() || take(text, 'Z')) {
    return 0;
  }
  take(text, ' ');
  if (text == "UTC" || text == "GMT" || text == "Z") {
    text = {};
    return 0;
  }
  if (text.empty()) {
    return std::nullopt;
  }
  const bool west = text.front() == '-';
  if (!take(text, west ? '-' : '+')) {
    return std::nullopt;
  }
  const auto hours = take_digits(text, 2);
  const bool colon = take(text, ':');
  const auto minutes = text.empty() && !colon ? std::optional<int>(0) : take_digits(text, 2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59) {
    return std::nullopt;
  }
  return (west ? -1 : 1) * (*hours * 60 + *minutes);
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::optional<double> parse_number(std::string_view text, char decimal) {
  text = trimmed(text);
  std::string with_point;
  if (decimal != '.') {
    with_point = text;
    for (char& c : with_point) {
      // A point is not the decimal mark: it is made unreadable, so that "1.000" is refused and not read as 1.
      c = c == decimal ? '.' : c == '.' ? '!' : c;
    }
    text = with_point;
  }
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') {
    text.remove_prefix(1);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<int64_t> parse_iso_time(std::string_view text) {
  text = trimmed(text);
  const auto year = take_digits(text, 4);
  const char mark = text.starts_with('/') ? '/' : '-';
  const bool dash1 = take(text, mark);
  const auto month = take_digits(text, 2);
  const bool dash2 = take(text, mark);
  const auto day = take_digits(text, 2);
  if (!year || !month || !day || !dash1 || !dash2) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) {
    return std::nullopt;
  }
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  int64_t seconds = days * 86'400;
  if (text.empty()) {
    return seconds * 1'000'000;
  }
  if (!take(text, 'T') && !take(text, ' ')) {
    return std::nullopt;
  }
  const auto hour = take_digits(text, 2);
  const bool colon = take(text, ':');
  const auto minute = take_digits(text, 2);
  const auto second = take(text, ':') ? take_digits(text, 2) : std::optional<int>(0);
  const auto fraction = take_fraction(text);
  const auto zone = take_zone(text);
  if (!hour || !colon || !minute || !second || !fraction || !zone || !text.empty() || *hour > 23 || *minute > 59 ||
      *second > 59) {
    return std::nullopt;
  }
  seconds += *hour * 3'600 + *minute * 60 + *second - *zone * 60;
  return seconds * 1'000'000 + *fraction;
}

}  // namespace haina
