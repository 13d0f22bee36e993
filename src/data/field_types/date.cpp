// One day or moment a row: when an item was published, when an offer ends, when a user was born. `numbers`: float32
// [rows], days since 1970 UTC, NaN where missing. A float keeps the minutes of this century.
#include <ATen/ATen.h>
#include <arrow/api.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "data/field_type.h"
#include "data/field_types/field_parts.h"
#include "data/field_types/impute_rules.h"
#include "data/parse_cell.h"
#include "data/parse_time.h"

namespace haina {
namespace {

constexpr double kMicrosPerDay = 86'400e6;
constexpr double kLastDay = 2932896;   // the end of the year 9999
constexpr double kFirstDay = -719162;  // the begin of the year 1

void from_column(const FieldColumn& column, Field& field) {
  field.numbers = missing_scalars(field.num_rows);
  float* const numbers = field.numbers.data_ptr<float>();
  const auto& times = static_cast<const arrow::TimestampArray&>(column.cells);
  column.for_each([&](int64_t cell, int32_t row) {
    numbers[row] = static_cast<float>(static_cast<double>(times.Value(cell)) / kMicrosPerDay);
  });
}

// Days since 1970 of a date, or of seconds or milliseconds since 1970 by their size; nothing for other text.
std::optional<double> days_of(const std::string& cell) {
  if (const auto time = parse_written_time(cell)) {
    return static_cast<double>(time->micros) / kMicrosPerDay;
  }
  const auto number = parse_number(cell);
  if (!number) {
    return std::nullopt;
  }
  const double size = std::abs(*number);
  return *number / (size < 1e11 ? 86'400 : size < 1e14 ? 86'400e3 : size < 1e17 ? kMicrosPerDay : 1e3 * kMicrosPerDay);
}

void from_text(const std::vector<std::vector<std::string>>& rows, Field& field) {
  field.numbers = missing_scalars(field.num_rows);
  for (size_t r = 0; r < rows.size(); ++r) {
    const auto days = rows[r].empty() ? std::nullopt : days_of(rows[r].front());
    field.numbers.data_ptr<float>()[r] = static_cast<float>(days.value_or(std::numeric_limits<double>::quiet_NaN()));
  }
}

Status check_text(const Field& /*field*/, const std::vector<std::string>& cells, const std::string& where) {
  for (const std::string& cell : cells) {
    if (!days_of(cell)) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is not a date", cell), where,
                   "write a date such as \"2024-02-29\" or \"2024-02-29T12:30:00Z\""});
    }
  }
  return ok();
}

// "2024-02-29", with the minute where it is not midnight.
std::string text_of(double days) {
  if (days < kFirstDay || days > kLastDay) {
    return fmt::format("{} days since 1970", days);
  }
  const auto minutes = static_cast<int64_t>(std::llround(days * 1440));
  const int64_t day = minutes >= 0 ? minutes / 1440 : -((1439 - minutes) / 1440);
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  std::string text = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  if (const int64_t rest = minutes - day * 1440; rest != 0) {
    text += fmt::format("T{:02}:{:02}Z", rest / 60, rest % 60);
  }
  return text;
}

std::vector<std::string> to_text(const Field& field, int32_t row, const Vocabulary& /*targets*/) {
  const float days = field.numbers.const_data_ptr<float>()[row];
  return std::isfinite(days) ? std::vector{text_of(days)} : std::vector<std::string>();
}

Status impute(Field& field, const std::string& rule, const std::string& where) {
  const at::Tensor known = field.numbers.masked_select(at::isfinite(field.numbers));
  std::optional<double> days;
  if (rule == "median" && known.numel() > 0) {
    days = known.median().item<double>();
  } else if (!is_statistic(rule)) {
    days = days_of(rule);
  }
  if (!days) {
    return fail(rule_does_not_fit(field, rule, where, "write median or a date such as \"2024-02-29\""));
  }
  field.numbers = at::where(field.present(), field.numbers, at::full_like(field.numbers, *days));
  return ok();
}

}  // namespace

FieldTypeEntry date_field_type() {
  return {.name = "date",
          .present = scalars_present,
          .save = save_numbers,
          .load = load_scalars,
          .is_sound = numbers_are_sound,
          .from_column = from_column,
          .join = join_scalars,
          .from_text = from_text,
          .check_text = check_text,
          .to_text = to_text,
          .impute = impute};
}

}  // namespace haina
