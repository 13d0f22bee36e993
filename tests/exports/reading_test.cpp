// Exports as files: dialects, encodings, numbers, missing values, times.
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>

#include "exports/export_case.h"

namespace haina {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kFirst = 1'700'000'000;        // of the handed logs: 2023-11-14 22:13:20 UTC
constexpr int64_t kLast = kFirst + 899 * 2'500;  // an event every 2,500 s

class ReadingExports : public ExportCase {
 protected:
  // Users, items and events as read.
  void expect_sizes(int64_t num_users, int64_t num_items, int64_t num_events) const {
    EXPECT_TRUE(data_) << shown();
    EXPECT_EQ(users(), num_users) << shown();
    EXPECT_EQ(items(), num_items) << shown();
    EXPECT_EQ(events(), num_events) << shown();
  }
  // Seconds since 1970 of the first and the last event.
  void expect_times(int64_t first, int64_t last) const {
    ASSERT_TRUE(data_) << shown();
    EXPECT_EQ(data_->events.time.min().item<int64_t>() / kSecond, first) << shown();
    EXPECT_EQ(data_->events.time.max().item<int64_t>() / kSecond, last) << shown();
  }
  double sum_of_values() const { return data_->events.value.nan_to_num(0).sum(at::kDouble).item<double>(); }
  int64_t missing_values() const { return data_->events.value.isnan().sum().item<int64_t>(); }
  double number_of(const std::string& name, const std::string& item) const {
    const Field* const numbers = field(name);
    if (numbers == nullptr || numbers->type != FieldType::kNumber) {
      ADD_FAILURE() << name << " is no number\n" << shown();
      return -1;
    }
    return numbers->numbers[*data_->items.find(item)].item<double>();
  }
  std::string title_of(const std::string& item) const {
    const auto row = data_ ? data_->items.find(item) : std::nullopt;
    return row ? data_->titles[static_cast<size_t>(*row)] : "no such item";
  }
  // 300 rows: twenty users, thirty items, stars, an event every hour.
  static std::string rows(const std::function<std::string(int64_t, int64_t, int64_t, int64_t)>& row) {
    std::string text;
    for (int64_t r = 0; r < 300; ++r) {
      text += row(r % 20, (r * 7 + r / 20) % 30, 1 + r % 5, kFirst + r * 3'600);
    }
    return text;
  }
  static std::string plain_row(int64_t user, int64_t item, int64_t stars, int64_t time) {
    return fmt::format("{},{},{},{}\n", user, item, stars, time);
  }
  void put_items(const std::string& name, const std::string& header,
                 const std::function<std::string(int64_t)>& row) const {
    std::string text = header;
    for (int64_t i = 0; i < 30; ++i) {
      text += row(i);
    }
    put(name, text);
  }
  void put_plain_events() const { put("events.csv", "user_id,item_id,rating,timestamp\n" + rows(plain_row)); }
};

TEST_F(ReadingExports, ASepLineIsNoRow) {
  RUN_HANDED("exports/01-sep-line");
  expect_sizes(40, 50, 900);
}

TEST_F(ReadingExports, ADataFramesIndexIsLeftOut) {
  RUN_HANDED("exports/02-index-column");
  expect_sizes(40, 50, 900);
  EXPECT_TRUE(doubt_mentions("numbers the rows")) << shown();
}

TEST_F(ReadingExports, WordsForMissingIdsAreDroppedAndCounted) {
  RUN_HANDED("exports/05-null-ids");
  expect_sizes(40, 50, 738);
  ASSERT_TRUE(data_);
  EXPECT_FALSE(data_->users.find("NULL") || data_->items.find("\\N") || data_->items.find("nan"));
  EXPECT_NE(data_->quality.dump().find("missing id"), std::string::npos);
  EXPECT_TRUE(doubt_mentions("NULL")) << shown();
}

TEST_F(ReadingExports, NaIsARealId) {
  RUN_HANDED("exports/06-na-is-real");
  expect_sizes(40, 50, 900);
  ASSERT_TRUE(data_) << shown();
  EXPECT_TRUE(data_->items.find("NA")) << shown();
  EXPECT_TRUE(data_->items.find("nan")) << shown();
  const Field* const country = field("country");
  ASSERT_NE(country, nullptr) << shown();
  EXPECT_TRUE(country->values.find("NA")) << shown();
}

TEST_F(ReadingExports, TimesOfTwoUnitsAreReadByTheirSize) {
  RUN_HANDED("exports/07a-mixed-epoch");
  expect_sizes(40, 50, 900);
  expect_times(kFirst, kLast);
  EXPECT_TRUE(doubt_mentions("45 of 900 times")) << shown();
}

TEST_F(ReadingExports, TwoImpossibleTimesCostTwoRows) {
  RUN_HANDED("exports/07b-sentinel-time");
  EXPECT_EQ(events(), 898) << shown();
  ASSERT_TRUE(data_);
  EXPECT_GE(data_->events.time.min().item<int64_t>(), kFirst * kSecond);
}

struct TimeForm {
  const char* folder;
  int64_t first, last;
};
class HandedTimes : public ReadingExports, public testing::WithParamInterface<TimeForm> {
 protected:
  void SetUp() override {
    ReadingExports::SetUp();
    out_ = out_.parent_path() / ("haina_times_" + std::to_string(::getpid()) + "_" + GetParam().folder);
    std::filesystem::create_directories(out_);
  }
};

TEST_P(HandedTimes, AreRead) {
  RUN_HANDED(std::string("exports/08-times/") + GetParam().folder);
  expect_sizes(40, 50, 900);
  expect_times(GetParam().first, GetParam().last);
}

INSTANTIATE_TEST_SUITE_P(All, HandedTimes,
                         testing::Values(TimeForm{"a-postgres", kFirst, kLast}, TimeForm{"b-bigquery", kFirst, kLast},
                                         TimeForm{"c-slashes", kFirst, kLast},
                                         TimeForm{"d-german", kFirst - 20, kLast - 40}, TimeForm{"e-us", kFirst, kLast},
                                         TimeForm{"f-compact", 1'699'920'000, 1'702'166'400},
                                         TimeForm{"g-offset", kFirst - 19'800, kLast - 19'800},
                                         TimeForm{"h-rfc", kFirst, kLast}, TimeForm{"i-comma", kFirst, kLast}),
                         [](const auto& info) { return std::string(info.param.folder).substr(2); });

TEST_F(ReadingExports, ThousandsPoints) {
  RUN_HANDED("exports/11a-thousands-points");
  expect_sizes(40, 50, 900);
  EXPECT_NEAR(number_of("price", "0"), 13.5, 1e-4);
  EXPECT_NEAR(number_of("price", "11"), 1084.35, 1e-3);
}

TEST_F(ReadingExports, QuotedDecimalCommas) {
  RUN_HANDED("exports/11b-quoted-decimal-comma");
  expect_sizes(40, 50, 900);
  ASSERT_TRUE(data_) << shown();
  EXPECT_NEAR(sum_of_values(), 3347.0, 1e-3);
}

TEST_F(ReadingExports, LineBreaksInAHeader) {
  RUN_HANDED("exports/14-header-newline");
  expect_sizes(40, 50, 900);
  ASSERT_TRUE(data_);
  EXPECT_EQ(missing_values(), 0) << shown();
}

TEST_F(ReadingExports, StrayQuotes) {
  RUN_HANDED("exports/15-inches");
  expect_sizes(40, 50, 900);
  EXPECT_EQ(title_of("0"), "0\" screen");
  EXPECT_EQ(title_of("7"), "7\" monitor");
  EXPECT_EQ(number_of("price", "7"), 16);
}

TEST_F(ReadingExports, OfTwoColumnsWithOneNameTheFirstCounts) {
  RUN_HANDED("exports/22-two-alike");
  expect_sizes(40, 50, 900);
  EXPECT_TRUE(doubt_mentions("two columns are called 'item_id'")) << shown();
}

TEST_F(ReadingExports, LinesThatEndWithCrAlone) {
  RUN_HANDED("exports/23-cr-lines");
  expect_sizes(40, 50, 900);
}

TEST_F(ReadingExports, WordsForMissingValues) {
  RUN_HANDED("exports/29-missing-values");
  expect_sizes(40, 50, 900);
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(missing_values(), 150) << shown();
  const Field* const age = field("age");
  ASSERT_NE(age, nullptr) << shown();
  EXPECT_EQ(age->type, FieldType::kNumber);
  EXPECT_EQ(age->numbers.isnan().sum().item<int64_t>(), 10);
  const Field* const city = field("city");
  ASSERT_NE(city, nullptr) << shown();
  EXPECT_FALSE(city->values.find("NULL"));
}

TEST_F(ReadingExports, CommentsAreNoRows) {
  RUN_HANDED("exports/30-comments");
  expect_sizes(40, 50, 900);
}

TEST_F(ReadingExports, ARepeatedHeaderIsDropped) {
  RUN_HANDED("exports/35-repeated-header");
  expect_sizes(40, 50, 900);
  EXPECT_TRUE(doubt_mentions("header")) << shown();
}

TEST_F(ReadingExports, ChineseInGbk) {
  RUN_HANDED("exports/37b-gbk");
  expect_sizes(40, 50, 900);
  EXPECT_EQ(title_of("0"), "红色的杯子 0 号") << shown();
  ASSERT_NE(field("category"), nullptr);
  EXPECT_TRUE(field("category")->values.find("厨房"));
}

TEST_F(ReadingExports, OneBadByteCostsOneRow) {
  RUN_HANDED("exports/37c-one-bad-byte");
  expect_sizes(40, 50, 900);
  EXPECT_EQ(title_of("6"), "Café número 6") << shown();
  EXPECT_TRUE(doubt_mentions("not UTF-8")) << shown();
}

TEST_F(ReadingExports, AByteOrderMark) {
  RUN_HANDED("exports/37e-bom");
  expect_sizes(40, 50, 900);
}

TEST_F(ReadingExports, TitlesAboveAndTotalsBelow) {
  put("events.csv", "Sales report 2023\nmade, by hand\n\nuser_id;item_id;rating;timestamp\n" +
                        rows([](int64_t user, int64_t item, int64_t stars, int64_t time) {
                          return fmt::format("{};{};{};{}\n", user, item, stars, time);
                        }) +
                        "Total;;900;\n");
  run(made_folder());
  expect_sizes(20, 30, 300);
  EXPECT_TRUE(doubt_mentions("titles")) << shown();
}

TEST_F(ReadingExports, RowsOfARTableAndTrailingDelimiters) {
  int64_t number = 0;
  put("events.csv",
      "user_id,item_id,rating,timestamp\n" + rows([&](int64_t user, int64_t item, int64_t stars, int64_t time) {
        return fmt::format("{},{},{},{},{}\n", ++number, user, item, stars, time);
      }));
  put_items("items.csv", "item_id,title,price,\n",
            [](int64_t i) { return fmt::format("{},Thing {},{}.5,\n", i, i, i + 3); });
  run(made_folder());
  expect_sizes(20, 30, 300);
  EXPECT_EQ(number_of("price", "4"), 7.5);
}

TEST_F(ReadingExports, CommentsAndBlankLinesAnywhere) {
  int64_t number = 0;
  put("events.csv", "# made by a tool, version 3\nuser_id,item_id,rating,timestamp\n" +
                        rows([&](int64_t user, int64_t item, int64_t stars, int64_t time) {
                          const char* const extra = ++number % 60 == 0 ? "# page\n" : number % 50 == 0 ? "\n,,,\n" : "";
                          return plain_row(user, item, stars, time) + extra;
                        }));
  run(made_folder());
  expect_sizes(20, 30, 300);
}

TEST_F(ReadingExports, AQuoteThatBeginsLate) {
  int64_t number = 0;
  put("events.tsv",
      "user_id\titem_id\tcomment\ttimestamp\n" + rows([&](int64_t user, int64_t item, int64_t, int64_t time) {
        const char* const comment = ++number == 280 ? "\"two\tcells\nand lines\"" : "fine";
        return fmt::format("u{}\ti{}\t{}\t{}\n", user, item, comment, time);
      }));
  run(made_folder());
  expect_sizes(20, 30, 300);
}

TEST_F(ReadingExports, RunsOfBlanksBetweenCells) {
  put("events.txt",
      "user_id   item_id  rating  timestamp\n" + rows([](int64_t user, int64_t item, int64_t stars, int64_t time) {
        return fmt::format("{:7}  {:8}  {:6}  {}\n", user, item, stars, time);
      }));
  run(made_folder());
  expect_sizes(20, 30, 300);
}

TEST_F(ReadingExports, EncodingsOfOtherLanguages) {
  put_plain_events();
  // "Книга о музыке номер" in windows-1251.
  put_items("items.csv", "item_id,title,price\n", [](int64_t i) {
    return fmt::format("{},\xCA\xED\xE8\xE3\xE0 \xEE \xEC\xF3\xE7\xFB\xEA\xE5 \xED\xEE\xEC\xE5\xF0 {},{}\n", i, i,
                       i + 5);
  });
  run(made_folder());
  expect_sizes(20, 30, 300);
  EXPECT_EQ(title_of("3"), "Книга о музыке номер 3") << shown();
  EXPECT_TRUE(doubt_mentions("windows-1251")) << shown();
}

TEST_F(ReadingExports, Utf16WithoutAMark) {
  std::string wide;
  for (const char c : "user_id,item_id,rating,timestamp\n" + rows(plain_row)) {
    wide += c;
    wide += '\0';
  }
  put("events.csv", wide);
  run(made_folder());
  expect_sizes(20, 30, 300);
}

TEST_F(ReadingExports, AmountsWithCurrenciesAndOddCells) {
  put_plain_events();
  put_items("items.csv", "item_id,title,price,discount\n", [](int64_t i) {
    return fmt::format("{},Thing {},{},{} %\n", i, i,
                       i == 4   ? "-"
                       : i == 5 ? "\"$1,005.00\""
                                : fmt::format("\"$1,0{:02}.50\"", i + 1),
                       i);
  });
  run(made_folder());
  EXPECT_EQ(number_of("price", "3"), 1004.5);
  EXPECT_EQ(number_of("price", "5"), 1005);
  EXPECT_TRUE(std::isnan(number_of("price", "4")));
  EXPECT_EQ(number_of("discount", "7"), 7);
}

TEST_F(ReadingExports, DatesThatDoNotTellDayFromMonthAreAsked) {
  put("events.csv", "user_id,item_id,rating,date\n" + rows([](int64_t user, int64_t item, int64_t stars, int64_t time) {
                      const int64_t n = (time - kFirst) / 3'600;
                      return fmt::format("{},{},{},{:02}/{:02}/2023\n", user, item, stars, 1 + n % 12, 1 + n / 30);
                    }));
  run(made_folder());
  EXPECT_TRUE(doubt_mentions("tells day from month")) << shown();
  EXPECT_TRUE(doubt_mentions("d.m.y")) << shown();
}

TEST_F(ReadingExports, DatesWithTheDayFirst) {
  put("events.csv", "user_id,item_id,rating,date\n" + rows([](int64_t user, int64_t item, int64_t stars, int64_t time) {
                      const int64_t n = (time - kFirst) / 3'600;
                      return fmt::format("{},{},{},{:02}/{:02}/2023\n", user, item, stars, 1 + n % 28, 1 + n / 30);
                    }));
  run(made_folder());
  EXPECT_FALSE(doubt_mentions("tells day from month")) << shown();
  expect_times(1'672'531'200, 1'698'451'200);
}

TEST_F(ReadingExports, IdsOfTwoSourcesMeetInOneForm) {
  put("events.csv",
      "user_id,item_id,rating,timestamp\n" + rows([](int64_t user, int64_t item, int64_t stars, int64_t time) {
        return fmt::format("{}.0, {} ,{},{}\n", user, item, stars, time);
      }));
  put_items("items.csv", "item_id,title,price\n",
            [](int64_t i) { return fmt::format("{},Thing {},{}.5\n", i, i, i + 3); });
  run(made_folder());
  expect_sizes(20, 30, 300);
  ASSERT_TRUE(data_);
  EXPECT_TRUE(data_->users.find("7")) << shown();
}

TEST_F(ReadingExports, RoundedIdsAreSaid) {
  put("events.csv",
      "user_id,item_id,rating,timestamp\n" + rows([](int64_t user, int64_t item, int64_t stars, int64_t time) {
        return fmt::format("1.234{:02}E+12,{},{},{}\n", user, item, stars, time);
      }));
  run(made_folder());
  EXPECT_TRUE(doubt_mentions("rounded")) << shown();
}

TEST_F(ReadingExports, ArchivesAreNamedWithTheRemedy) {
  put_plain_events();
  put("items.zip", std::string("PK\x03\x04\x14\0\0\0\x08\0", 10) + "items.csv");
  put("users.csv.bz2", "BZh91AY&SY");
  put("more.xlsx", std::string("PK\x03\x04\x14\0\0\0\x08\0", 10) + "[Content_Types].xml");
  run(made_folder());
  expect_sizes(20, 30, 300);
  std::string report;
  for (const std::string& line : init_.lines) {
    report += line + "\n";
  }
  for (const std::string& doubt : init_.doubts) {
    report += doubt + "\n";
  }
  for (const char* const words : {"zip archive", "unzip items.zip", "bunzip2", "Excel workbook"}) {
    EXPECT_NE(report.find(words), std::string::npos) << report;
  }
}

}  // namespace
}  // namespace haina
