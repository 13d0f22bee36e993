// The block reader against the row-by-row reader: a delimiter of two bytes takes the slow path, so the same table must
// read alike with both delimiters.
#include "data/formats/csv_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/seed.h"
#include "data/formats/read_source.h"

namespace haina {
namespace {

SourceConfig events(const std::string& delimiter, const std::string& quote = "none") {
  SourceConfig source;
  source.name = "e";
  source.path = "e";
  source.delimiter = delimiter;
  source.quote = quote == "none" ? Quoting::kNone : Quoting::kDetect;
  source.max_rejects = 1;
  for (const char* const role : {"user", "item", "value", "time"}) {
    source.columns.push_back({.column = role, .role = role, .type = "", .separator = "", .place = "t:1:1"});
  }
  return source;
}

// `rows` lines with every kind of cell; with `broken`, one in forty has a fault.
std::string table(const std::string& delimiter, int64_t rows, bool broken, bool quoted) {
  RandomStream random(9, "read_delimited_test");
  std::string text = "time" + delimiter + "user" + delimiter + "other" + delimiter + "item" + delimiter + "value\n";
  for (int64_t r = 0; r < rows; ++r) {
    std::string user = "u" + std::to_string(random.below(5000));
    std::string value = std::to_string(random.below(50)) + "." + std::to_string(random.below(1000));
    std::string time = std::to_string(1700000000 + r);
    std::string end = random.below(3) == 0 ? "\r\n" : "\n";
    const char* const values[] = {"-0.5", "1e-3", "123456789012345678", "+7",   " 3 ", "",
                                  "0.1",  "4",    "9007199254740993",   "00012"};
    value = random.below(4) == 0 ? values[random.below(10)] : value;
    const int64_t fault = broken ? random.below(280) : 100;
    user = fault == 0 ? "" : fault == 1 ? std::string("a\0b", 3) : fault == 2 ? "\xFF" : user;
    value = fault == 3 ? "nan" : fault == 4 ? "1.2.3" : value;
    time = fault == 5 ? "soon" : time;
    std::string item = "ïtem " + std::to_string(random.below(3000));
    if (quoted && random.below(r < rows / 2 ? 100000 : 50) == 0) {
      item = "\"a " + std::string(random.below(2) == 0 ? "\n" : "\"\"") + " b\"";
    }
    text += time + delimiter + user + delimiter + "x" + delimiter + item + (fault == 6 ? "" : delimiter + value) + end;
    text += random.below(500) == 0 ? "\n" : "";
  }
  return text;
}

void expect_alike(const std::string& one, const std::string& two, const std::string& quote) {
  const auto a = read_source_bytes(events(",", quote), one, "e", {});
  const auto b = read_source_bytes(events("::", quote), two, "e", {});
  ASSERT_TRUE(a) << to_text(a.error());
  ASSERT_TRUE(b) << to_text(b.error());
  EXPECT_EQ(a->read, b->read);
  EXPECT_EQ(a->accepted, b->accepted);
  EXPECT_EQ(a->accepted + a->rejected, a->read);
  EXPECT_TRUE(a->table->Equals(*b->table));
  ASSERT_EQ(a->first_rejects.size(), b->first_rejects.size());
  for (size_t i = 0; i < a->first_rejects.size(); ++i) {
    ASSERT_EQ(place_of(a->first_rejects[i]), place_of(b->first_rejects[i])) << i;
    ASSERT_EQ(a->first_rejects[i].code, b->first_rejects[i].code) << i;
    ASSERT_EQ(a->first_rejects[i].message, b->first_rejects[i].message) << i;
    // The byte is the offset of the row.
    ASSERT_EQ(
        one.substr(static_cast<size_t>(a->first_rejects[i].byte), std::min<size_t>(20, a->first_rejects[i].raw.size())),
        a->first_rejects[i].raw.substr(0, 20));
  }
}

TEST(ReadDelimited, BlocksReadAsRowsDo) {
  for (const int64_t rows : {int64_t{1}, int64_t{50}, int64_t{260000}}) {  // the last: about 10 MB, several blocks
    expect_alike(table(",", rows, false, false), table("::", rows, false, false), "none");
  }
}

TEST(ReadDelimited, BadRowsKeepTheirPlacesAndReasons) {
  expect_alike(table(",", 260000, true, false), table("::", 260000, true, false), "none");
}

TEST(ReadDelimited, QuotesInLaterBlocksChangeNothingElse) {
  expect_alike(table(",", 260000, true, true), table("::", 260000, true, true), "");
}

TEST(ReadDelimited, NumbersAreRoundedAsTheStandardDoes) {
  std::string text = "user,item,value,time\n";
  RandomStream random(3, "numbers");
  std::vector<double> want;
  for (int i = 0; i < 20000; ++i) {
    std::string digits = std::to_string(random.below(1'000'000'000'000'000));
    digits.insert(static_cast<size_t>(random.below(std::ssize(digits)) + 1), random.below(2) == 0 ? "." : "");
    digits = (random.below(2) == 0 ? "-" : "") + digits + (digits.back() == '.' ? "5" : "");
    want.push_back(std::strtod(digits.c_str(), nullptr));
    text += "u,i," + digits + ",1700000000\n";
  }
  const auto result = read_source_bytes(events(","), text, "e", {});
  ASSERT_TRUE(result) << to_text(result.error());
  const auto values = std::static_pointer_cast<arrow::DoubleArray>(result->table->GetColumnByName("value")->chunk(0));
  ASSERT_EQ(values->length(), std::ssize(want));
  for (int64_t i = 0; i < values->length(); ++i) {
    ASSERT_EQ(values->Value(i), want[static_cast<size_t>(i)]);
  }
}

TEST(ReadDelimited, TimesOfLaterBlocksFollowTheFirst) {
  std::string text = "user,item,value,time\n";
  for (int i = 0; i < 200000; ++i) {
    text += "user" + std::to_string(i) + ",item,1," +
            (i < 3         ? ""
             : i == 150000 ? "1700000000"
                           : "2023-11-14T22:13:20Z") +
            "\n";
  }
  const auto result = read_source_bytes(events(","), text, "e", {});
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->rejected, 1);
  EXPECT_EQ(result->first_rejects.at(0).line, 150002);
  const auto times = std::static_pointer_cast<arrow::TimestampArray>(result->table->GetColumnByName("time")->chunk(0));
  EXPECT_EQ(times->null_count(), 3);
  EXPECT_EQ(times->Value(199998), 1'700'000'000'000'000);
}

}  // namespace
}  // namespace haina
