#include "data/parse_time.h"

#include <gtest/gtest.h>

#include <string>

#include "data/parse_cell.h"

namespace haina {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kMoment = 1'700'000'000 * kSecond;  // 2023-11-14 22:13:20 UTC
constexpr int64_t kMinute = kMoment - 20 * kSecond;
constexpr int64_t kDay = 1'699'920'000 * kSecond;

int64_t time_of(const std::string& text, DayMonth wanted = DayMonth::kNone) {
  const auto time = parse_written_time(text, wanted);
  return time ? time->micros : -1;
}

TEST(WrittenTimes, TheCommonForms) {
  for (const char* const text : {"2023-11-14 22:13:20 UTC",
                                 "2023-11-14 22:13:20+00",
                                 "2023-11-14T22:13:20Z",
                                 "2023/11/14 22:13:20",
                                 "2023-11-15T03:43:20+0530",
                                 "2023-11-14 22:13:20 +0000",
                                 "14.11.2023 22:13:20",
                                 "14.11.2023, 22:13:20",
                                 "11/14/2023 10:13:20 PM",
                                 "11/14/2023 10:13:20PM",
                                 "11/14/2023, 10:13:20 p.m.",
                                 "14/11/2023 22:13:20",
                                 "Tue, 14 Nov 2023 22:13:20 GMT",
                                 "14 Nov 2023 22:13:20",
                                 "Nov 14, 2023 22:13:20",
                                 "November 14, 2023 10:13:20 PM",
                                 "Tue Nov 14 22:13:20 +0000 2023",
                                 "Tue Nov 14 22:13:20 UTC 2023",
                                 "14/Nov/2023:22:13:20 +0000",
                                 "20231114T221320Z",
                                 "20231114 221320",
                                 "14-NOV-23 10:13:20 PM",
                                 "14.11.23 22:13:20",
                                 "2023.11.14 22:13:20",
                                 "Tue Nov 14 2023 22:13:20 GMT+0000 (Coordinated Universal Time)",
                                 "2023-11-14T23:13:20+01:00[Europe/Berlin]",
                                 "2023年11月14日 22:13:20",
                                 "2023年11月14日22时13分20秒",
                                 "2023/11/14 下午10:13:20",
                                 "14. November 2023 22:13:20",
                                 "2023-11-14 17:13:20 EST",
                                 "Tue Nov 14 17:13:20 EST 2023"}) {
    EXPECT_EQ(time_of(text), kMoment) << text;
  }
  EXPECT_EQ(time_of("2023-11-14 22:13:20.123+00"), kMoment + 123'000);
  EXPECT_EQ(time_of("2023-11-14 22:13:20,123"), kMoment + 123'000);
  EXPECT_EQ(time_of("2023-11-14T22:13"), kMinute);
  EXPECT_EQ(time_of("14.11.2023 22:13"), kMinute);
  EXPECT_EQ(time_of("11/14/2023 22:13"), kMinute);
  for (const char* const text :
       {"14.11.2023", "11/14/2023", "14-11-2023", "14 Nov 2023", "Nov 14, 2023", "2023-11-14", "2023/11/14",
        "14-Nov-2023", "2023年11月14日", "Nov 14th, 2023", "14 de noviembre de 2023"}) {
    EXPECT_EQ(time_of(text), kDay) << text;
  }
  EXPECT_EQ(time_of("1/1/2023 12:00 AM"), time_of("2023-01-01"));
  EXPECT_EQ(time_of("1/1/2023 12:00 PM"), time_of("2023-01-01 12:00"));
  EXPECT_EQ(time_of("2023-1-2 3:04"), time_of("2023-01-02 03:04"));
}

TEST(WrittenTimes, WhatIsNone) {
  for (const char* const text : {"",
                                 "2023",
                                 "20231114",
                                 "1700000000",
                                 "1.2.3",
                                 "12.50",
                                 "1,299.00",
                                 "31/02/2023",
                                 "14/14/2023",
                                 "hello",
                                 "2023-13-01",
                                 "11/14/2023 25:00",
                                 "11/14/2023 13:00 PM",
                                 "may 2023",
                                 "u28",
                                 "10.0.0.1",
                                 "555-12-3456",
                                 "12-34",
                                 "Toy Story (1995)",
                                 "May December",
                                 "3/4",
                                 "2023-11-14 22:13:20 nowhere",
                                 "14.11.2023 22:13 x"}) {
    EXPECT_EQ(time_of(text), -1) << text;
  }
}

TEST(WrittenTimes, DayAndMonth) {
  EXPECT_EQ(parse_written_time("13/02/2023")->order, DayMonth::kDayFirst);
  EXPECT_EQ(parse_written_time("02/13/2023")->order, DayMonth::kMonthFirst);
  EXPECT_EQ(parse_written_time("02/03/2023")->order, DayMonth::kEither);
  EXPECT_EQ(parse_written_time("03/03/2023")->order, DayMonth::kNone);
  EXPECT_EQ(parse_written_time("2023-02-03")->order, DayMonth::kNone);
  EXPECT_EQ(time_of("02/03/2023"), time_of("2023-02-03"));
  EXPECT_EQ(time_of("02.03.2023"), time_of("2023-03-02"));
  EXPECT_EQ(time_of("02/03/2023", DayMonth::kDayFirst), time_of("2023-03-02"));
  EXPECT_EQ(time_of("02.03.2023", DayMonth::kMonthFirst), time_of("2023-02-03"));
  EXPECT_EQ(time_of("02/13/2023", DayMonth::kDayFirst), -1);
  EXPECT_EQ(exchanged_day_month(time_of("2023-02-03 10:11:12")), time_of("2023-03-02 10:11:12"));
  EXPECT_EQ(exchanged_day_month(time_of("1960-02-03 10:11:12")), time_of("1960-03-02 10:11:12"));
  EXPECT_FALSE(exchanged_day_month(time_of("2023-02-13")));
}

TEST(WrittenTimes, DigitsAlone) {
  EXPECT_EQ(parse_compact_time("20231114"), kDay);
  EXPECT_EQ(parse_compact_time("202311142213"), kMinute);
  EXPECT_EQ(parse_compact_time("20231114221320"), kMoment);
  for (const char* const text : {"20231314", "20230230", "1700000000", "30231114", "2023111", "20231114250000"}) {
    EXPECT_FALSE(parse_compact_time(text)) << text;
  }
}

}  // namespace
}  // namespace haina
