#include "data/rows/times_of.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "data/parse_time.h"

namespace haina {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kMoment = 1'700'000'000;

struct Times {
  std::vector<int64_t> micros;  // 0 where missing
  nlohmann::json detected;
};

Times times(const std::vector<double>& numbers, const std::string& unit = "", bool written = false,
            const DateEvidence& dates = {}) {
  const std::shared_ptr<arrow::Buffer> buffer = *arrow::AllocateBuffer(std::ssize(numbers) * 8);
  std::memcpy(buffer->mutable_data(), numbers.data(), numbers.size() * 8);
  Times result;
  const auto array = times_of(buffer, unit, written, dates, result.detected);
  for (int64_t i = 0; i < array->length(); ++i) {
    result.micros.push_back(array->IsNull(i) ? 0 : static_cast<const arrow::TimestampArray&>(*array).Value(i));
  }
  return result;
}

// Twenty times an hour apart, in a unit of so many to the second.
std::vector<double> hours(double per_second) {
  std::vector<double> numbers;
  for (int i = 0; i < 20; ++i) {
    numbers.push_back((kMoment + i * 3600) * per_second);
  }
  return numbers;
}

TEST(TimesOf, TheMedianShowsTheUnit) {
  for (const auto& [unit, per_second] : {std::pair{"s", 1.0}, {"ms", 1e3}, {"us", 1e6}, {"ns", 1e9}}) {
    const Times found = times(hours(per_second));
    EXPECT_EQ(found.detected["time_unit"], unit);
    EXPECT_EQ(found.micros[0], kMoment * kSecond);
  }
  EXPECT_EQ(times({std::nan(""), 5}).micros, (std::vector<int64_t>{0, 5 * kSecond}));
}

TEST(TimesOf, CellsOfAnotherUnitAreReadByTheirSize) {
  std::vector<double> numbers = hours(1);
  numbers[3] *= 1000;
  numbers[4] = 9999999999999;
  numbers[5] = 0;
  for (const char* const unit : {"", "s"}) {
    const Times found = times(numbers, unit);
    EXPECT_EQ(found.micros[3], (kMoment + 3 * 3600) * kSecond);
    EXPECT_GT(found.micros[4], 5000 * kMoment * kSecond) << "no time near the others: it stays absurd";
    EXPECT_EQ(found.micros[5], 0);
    EXPECT_EQ(found.detected["times_of_another_unit"], 1);
  }
}

TEST(TimesOf, DigitsAndSpreadsheets) {
  EXPECT_EQ(times({20231114, 20231115}).micros[1], 1'700'006'400 * kSecond);
  EXPECT_EQ(times({20231114221320}).micros[0], kMoment * kSecond);
  EXPECT_EQ(times({20231114}, "s").micros[0], 20231114 * kSecond) << "as it was asked for";
  EXPECT_EQ(times({45244.925925926}, "excel").micros[0], kMoment * kSecond);
}

TEST(TimesOf, DatesReadTheWrongWayRoundAreExchanged) {
  const auto micros = [](const char* text) { return static_cast<double>(parse_written_time(text)->micros); };
  const std::vector<double> numbers = {micros("02/03/2023"), micros("13/03/2023")};
  const Times day_first = times(numbers, "", true, {.day_first = true, .read_month = true});
  EXPECT_EQ(day_first.micros[0], parse_written_time("2023-03-02")->micros);
  EXPECT_EQ(day_first.micros[1], parse_written_time("2023-03-13")->micros);
  const Times unknown = times(numbers, "", true, {.read_month = true});
  EXPECT_EQ(unknown.micros[0], parse_written_time("2023-02-03")->micros);
}

}  // namespace
}  // namespace haina
