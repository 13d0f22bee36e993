// A file read in windows gives the same as in one piece, wherever the edges of the windows fall.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/seed.h"
#include "data/formats/read_source.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

struct Written {
  const char* name;
  std::string text;
  const char* format = "";
};

std::string utf16(const std::string& ascii, bool big) {
  std::string bytes = big ? "\xFE\xFF" : "\xFF\xFE";
  for (const char c : ascii) {
    const std::string pair = {'\0', c};
    bytes += big ? pair : std::string(pair.rbegin(), pair.rend());
  }
  // A letter of two units, U+1F3AC, in a last row.
  const std::string high = "\xD8\x3C", low = "\xDF\xAC";
  for (const std::string& unit : {std::string("\0a", 2), std::string("\0,", 2), high, low, std::string("\0,", 2),
                                  std::string("\0"
                                              "5",
                                              2),
                                  std::string("\0\n", 2)}) {
    bytes += big ? unit : std::string(unit.rbegin(), unit.rend());
  }
  return bytes;
}

std::string delimited(bool quotes, bool bad) {
  RandomStream random(5, "windows_test");
  std::string text = "user,item,value\n";
  for (int i = 0; i < 3000; ++i) {
    const std::string item = "i" + std::to_string(random.below(400));
    const int64_t kind = random.below(20);
    text += std::to_string(random.below(300)) + ",";
    text += quotes && kind == 0 ? "\"two\nlines, " + item + "\"" : quotes && kind == 1 ? "\"a \"\"b\"\" c\"" : item;
    text += bad && kind == 2 ? "" : bad && kind == 3 ? ",x" : "," + std::to_string(random.below(9));
    text += kind == 4 ? "\r\n" : kind == 5 ? "\n\n" : "\n";
    text += bad && quotes && i == 2000 ? "7,\"never closed,3\n" : "";
  }
  return text;
}

std::string json_lines() {
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    text += "{\"user\": " + std::to_string(i % 97) + ", \"item\": \"i" + std::to_string(i % 31) +
            "\", \"value\": " + (i % 50 == 7 ? "oops" : std::to_string(i % 5)) + "}\n";
  }
  return text;
}

std::string latin1() {
  std::string text = "user,item,value\n";
  for (int i = 0; i < 2000; ++i) {
    text += "u,caf\xE9 " + std::to_string(i % 40) + ",1\n";
  }
  return text;
}

class Windows : public testing::TestWithParam<Written> {};

TEST_P(Windows, ReadAsOnePieceDoes) {
  const Written& written = GetParam();
  const fs::path folder = fs::temp_directory_path() / ("haina_windows_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / written.name, std::ios::binary) << written.text;
  SourceConfig source;
  source.name = "w";
  source.path = written.name;
  source.format = written.format;
  source.max_rejects = 1;
  for (const char* const role : {"user", "item", "value"}) {
    source.columns.push_back({.column = role, .role = role, .type = "", .separator = "", .place = "w:1:1"});
  }
  if (std::string_view(written.format) == "lists") {
    source.columns = {{.column = "#1", .role = "user", .type = "", .separator = "", .place = "w:1:1"},
                      {.column = "#2", .role = "item", .type = "", .separator = "", .place = "w:1:1"}};
  }
  const auto whole = read_source_bytes(source, written.text, (folder / written.name).string(),
                                       {.base = folder, .rejects_file = {}, .stop = nullptr, .progress = nullptr});
  ASSERT_TRUE(whole) << to_text(whole.error());
  ASSERT_GT(whole->accepted, 1000);
  for (const size_t window : {size_t{1}, size_t{7}, size_t{100}, size_t{1013}, size_t{1} << 14, size_t{1} << 24}) {
    const auto read = read_source(source, {.base = folder, .rejects_file = folder / "rejects.csv", .window = window});
    ASSERT_TRUE(read) << to_text(read.error());
    EXPECT_EQ(read->read, whole->read) << window;
    EXPECT_EQ(read->rejected, whole->rejected) << window;
    EXPECT_EQ(read->detected, whole->detected) << window;
    ASSERT_TRUE(read->table->Equals(*whole->table)) << window;
    ASSERT_EQ(read->first_rejects.size(), whole->first_rejects.size()) << window;
    for (size_t i = 0; i < read->first_rejects.size(); ++i) {
      const Reject &a = read->first_rejects[i], &b = whole->first_rejects[i];
      ASSERT_EQ(place_of(a), place_of(b)) << window;
      ASSERT_EQ(a.byte, b.byte) << window;
      ASSERT_EQ(a.raw, b.raw) << window;
      ASSERT_EQ(a.message, b.message) << window;
    }
    EXPECT_EQ(fs::exists(folder / "rejects.csv"), whole->rejected > 0);
    EXPECT_FALSE(fs::exists(folder / "rejects.csv.tmp"));
  }
  fs::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(
    Files, Windows,
    testing::Values(Written{"plain.csv", delimited(false, false)}, Written{"bad.csv", delimited(false, true)},
                    Written{"quotes.csv", delimited(true, false)}, Written{"both.csv", delimited(true, true)},
                    Written{"no_last_line_end.csv", delimited(true, false) + "9,i1,2"},
                    Written{"mark.csv", "\xEF\xBB\xBF" + delimited(false, false)},
                    Written{"little.csv", utf16(delimited(true, true), false)},
                    Written{"big.csv", utf16(delimited(true, true), true)}, Written{"latin1.csv", latin1()},
                    Written{"lines.jsonl", json_lines()}, Written{"lines.json", json_lines()},
                    Written{"lists.txt",
                            "1 2 3\n\n4\n" +
                                [] {
                                  std::string text;
                                  for (int i = 0; i < 900; ++i) {
                                    text += std::to_string(i) + " 7  8 9\r\n";
                                  }
                                  return text;
                                }(),
                            "lists"}),
    [](const auto& info) {
      std::string name = info.param.name;
      std::ranges::replace(name, '.', '_');
      return name;
    });

}  // namespace
}  // namespace haina
