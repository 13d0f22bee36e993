#include "data/formats/read_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/files.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

class Reader : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_reader_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void put(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  SourceConfig source(const std::string& path = "events.csv") const {
    SourceConfig config;
    config.name = "events";
    config.path = path;
    config.place = "haina.toml:1:1";
    config.columns = {{.column = "user", .role = "user", .type = "", .separator = "", .place = "haina.toml:5:1"},
                      {.column = "item", .role = "item", .type = "", .separator = "", .place = "haina.toml:5:1"},
                      {.column = "rating", .role = "value", .type = "", .separator = "", .place = "haina.toml:5:1"},
                      {.column = "ts", .role = "time", .type = "", .separator = "", .place = "haina.toml:5:1"}};
    config.max_rejects = 0.9;
    return config;
  }

  Result<ReadResult> read(const SourceConfig& config) const {
    return read_source(config, {.base = folder_, .rejects_file = folder_ / "rejects.csv"});
  }

  fs::path folder_;
};

const std::string kGood = "user,item,rating,ts\nu1,i1,5,881250949\nu2,i2,3,881250950\n";

TEST_F(Reader, GoodRowsAreTyped) {
  put("events.csv", kGood);
  const auto result = read(source());
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->accepted, 2);
  EXPECT_EQ(result->rejected, 0);
  EXPECT_TRUE(result->table->ValidateFull().ok());
  const auto time = std::static_pointer_cast<arrow::TimestampArray>(result->table->GetColumnByName("time")->chunk(0));
  EXPECT_EQ(time->Value(0), 881250949000000);
  EXPECT_FALSE(fs::exists(folder_ / "rejects.csv"));
}

struct BadRow {
  const char* name;
  std::string row;  // stands in line 3
  const char* code;
  int64_t column;
};

class BadRows : public Reader, public testing::WithParamInterface<BadRow> {};

TEST_P(BadRows, AreKeptWithPlaceAndReasonAndNothingElseIsLost) {
  put("events.csv", "user,item,rating,ts\nu1,i1,5,881250949\n" + GetParam().row + "\nu3,i3,1,881250951\n");
  SourceConfig config = source();
  config.encoding = "utf-8";
  config.quote = Quoting::kDouble;
  const auto result = read(config);
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->read, 3);
  EXPECT_EQ(result->accepted, 2);
  EXPECT_EQ(result->rejected, 1);
  ASSERT_EQ(result->first_rejects.size(), 1U);
  EXPECT_EQ(result->first_rejects[0].line, 3);
  EXPECT_EQ(result->first_rejects[0].code, GetParam().code);
  EXPECT_EQ(result->first_rejects[0].column, GetParam().column);
  EXPECT_FALSE(result->first_rejects[0].message.empty());
  EXPECT_TRUE(fs::exists(folder_ / "rejects.csv"));
}

INSTANTIATE_TEST_SUITE_P(All, BadRows,
                         testing::Values(BadRow{"too_few_cells", "u2,i2,3", "ragged", 0},
                                         BadRow{"too_many_cells", "u2,i2,3,881250950,x", "ragged", 0},
                                         BadRow{"open_quote", "u2,\"i2,3,881250950", "quote", 0},
                                         BadRow{"word_for_number", "u2,i2,four,881250950", "number", 3},
                                         BadRow{"infinity", "u2,i2,inf,881250950", "number", 3},
                                         BadRow{"overflow", "u2,i2,1e999,881250950", "number", 3},
                                         BadRow{"hexadecimal", "u2,i2,0x10,881250950", "number", 3},
                                         BadRow{"half_a_number", "u2,i2,3x,881250950", "number", 3},
                                         BadRow{"word_for_time", "u2,i2,3,yesterday", "time", 4},
                                         BadRow{"absurd_time", "u2,i2,3,99999999999999999999", "time", 4},
                                         BadRow{"iso_after_seconds", "u2,i2,3,2024-05-01", "time", 4},
                                         BadRow{"empty_user", ",i2,3,881250950", "empty", 1},
                                         BadRow{"empty_item", "u2,,3,881250950", "empty", 2},
                                         BadRow{"bad_utf8", "u2,i\xFF,3,881250950", "encoding", 2},
                                         BadRow{"overlong_utf8", "u2,i\xC0\x80,3,881250950", "encoding", 2},
                                         BadRow{"surrogate", "u2,i\xED\xA0\x80,3,881250950", "encoding", 2},
                                         BadRow{"cut_utf8", "u2,i\xE4\xB8,3,881250950", "encoding", 2},
                                         BadRow{"nul_byte", std::string("u2,i\0x,3,881250950", 18), "nul", 2},
                                         BadRow{"long_id", "u2," + std::string(1 << 20, 'x') + ",3,881250950", "long",
                                                2}),
                         [](const auto& info) { return info.param.name; });

TEST_F(Reader, BomCrlfQuotesAndMissingLastNewlineAreRead) {
  put("events.csv",
      "\xEF\xBB\xBFuser,item,rating,ts\r\n\"u,1\",\"say \"\"hi\"\"\",5,881250949\r\n\"two\nlines\",i2,3,881250950");
  const auto result = read(source());
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->accepted, 2);
  EXPECT_EQ(text_at(column_of(*result->table, "user"), 0), "u,1");
  EXPECT_EQ(text_at(column_of(*result->table, "item"), 0), "say \"hi\"");
  EXPECT_EQ(text_at(column_of(*result->table, "user"), 1), "two\nlines");
}

TEST_F(Reader, AHeaderAloneIsATableWithoutRows) {
  put("events.csv", "user,item,rating,ts\n");
  const auto result = read(source());
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->accepted, 0);
}

struct BadFile {
  const char* name;
  std::string text;
  ErrorCode code;
  const char* at;    // part of the place
  const char* hint;  // part of the hint
};

class BadFiles : public Reader, public testing::WithParamInterface<BadFile> {};

TEST_P(BadFiles, AreRefusedWithPlaceAndHint) {
  put("events.csv", GetParam().text);
  SourceConfig config = source();
  config.max_rejects = 0.05;
  const auto result = read(config);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, GetParam().code) << to_text(result.error());
  EXPECT_NE(result.error().at.find(GetParam().at), std::string::npos) << to_text(result.error());
  EXPECT_NE(result.error().hint.find(GetParam().hint), std::string::npos) << to_text(result.error());
}

INSTANTIATE_TEST_SUITE_P(All, BadFiles,
                         testing::Values(BadFile{"empty", "", ErrorCode::kBadData, "events.csv", "export"},
                                         BadFile{"missing_column", "user,itm,rating,ts\nu,i,1,2\n", ErrorCode::kBadData,
                                                 "events.csv:1", "did you mean 'itm'"},
                                         BadFile{"one_column", "useritemratingts\nu\n", ErrorCode::kBadData,
                                                 "events.csv:1", "delimiter"},
                                         BadFile{"all_bad", "user,item,rating,ts\nu,i,x,1\nu,i,y,1\n",
                                                 ErrorCode::kBadData, "events.csv:2:3", "max_rejects"},
                                         BadFile{"million_columns", std::string(1000000, ',') + "\n",
                                                 ErrorCode::kBadData, "events.csv:1", "delimiter"}),
                         [](const auto& info) { return info.param.name; });

TEST_F(Reader, AMissingFileAFolderAndAClosedOneAreRefused) {
  const auto missing = read(source("nothing.csv"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  fs::create_directories(folder_ / "folder.csv");
  const auto folder = read(source("folder.csv"));
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kIo);
  EXPECT_NE(folder.error().hint.find("not a folder"), std::string::npos);
  const auto pattern = read(source("no_*.csv"));
  ASSERT_FALSE(pattern);
  EXPECT_EQ(pattern.error().at, "haina.toml:1:1");
  const auto variable = read(source("${HAINA_NO_SUCH_VARIABLE}/x.csv"));
  ASSERT_FALSE(variable);
  EXPECT_NE(variable.error().hint.find("export"), std::string::npos);
}

TEST_F(Reader, ATruncatedGzipNamesTheByte) {
  put("plain.csv", kGood + std::string(20000, 'u') + ",i,1,1\n");
  const std::string command = "gzip -c '" + (folder_ / "plain.csv").string() + "' > '" +
                              (folder_ / "whole.gz").string() + "' && head -c 60 '" + (folder_ / "whole.gz").string() +
                              "' > '" + (folder_ / "cut.csv.gz").string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const auto cut = read(source("cut.csv.gz"));
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::kBadData);
  EXPECT_NE(cut.error().at.find("cut.csv.gz"), std::string::npos);
}

TEST_F(Reader, MoreBadRowsThanAllowedNameTheFirstPlace) {
  put("events.csv", kGood + "u3,i3,bad,1\n");
  SourceConfig config = source();
  config.max_rejects = 0.05;
  const auto result = read(config);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().at.find("events.csv:4:3"), std::string::npos) << result.error().at;
  EXPECT_TRUE(fs::exists(folder_ / "rejects.csv"));
}

std::string text_at(const ReadResult& result, const std::string& column, int64_t row) {
  return std::string(haina::text_at(column_of(*result.table, column), row));
}

TEST_F(Reader, OneInvalidByteRejectsItsRowAlone) {
  put("events.csv", kGood + "u3,caf\xC3\xA9,1,881250951\nu4,bad\xFF,1,881250952\n");
  const auto result = read(source());
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->rejected, 1);
  EXPECT_EQ(result->first_rejects[0].code, "encoding");
  EXPECT_EQ(text_at(*result, "item", 2), "caf\xC3\xA9");
  EXPECT_FALSE(result->detected.contains("encoding"));
}

TEST_F(Reader, OneInvalidLineDoesNotChangeTheEncoding) {
  put("events.csv", kGood + "u4,bad\xFF,1,881250952\n");
  const auto result = read(source());
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->rejected, 1);
}

TEST_F(Reader, Latin1IsGuessedWhereMostLinesBeyondAsciiAreNotUtf8) {
  put("events.csv", kGood + "u3,caf\xE9,1,881250951\nu4,na\xEFve,1,881250952\n");
  const auto result = read(source());
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->rejected, 0);
  EXPECT_EQ(result->detected["encoding"], "latin-1");
  EXPECT_EQ(text_at(*result, "item", 2), "caf\xC3\xA9");
}

std::string utf16(const std::u16string& text, bool big_endian) {
  std::string bytes = big_endian ? "\xFE\xFF" : "\xFF\xFE";
  for (const char16_t unit : text) {
    const char low = static_cast<char>(unit & 0xFF);
    const char high = static_cast<char>(unit >> 8);
    bytes += big_endian ? high : low;
    bytes += big_endian ? low : high;
  }
  return bytes;
}

TEST_F(Reader, Utf16OfEitherOrderIsReadAndHalfAPairRefused) {
  std::u16string text = u"user,item,rating,ts\nu1,\u00E9\U0001F600,5,881250949\nu2,x";
  text += static_cast<char16_t>(0xD800);
  text += u",5,881250949\n";
  for (const bool big_endian : {false, true}) {
    put("events.csv", utf16(text, big_endian));
    const auto result = read(source());
    ASSERT_TRUE(result) << to_text(result.error());
    EXPECT_EQ(result->accepted, 1);
    EXPECT_EQ(result->rejected, 1);
    EXPECT_EQ(result->first_rejects[0].code, "encoding");
    EXPECT_EQ(text_at(*result, "item", 0), "\xC3\xA9\xF0\x9F\x98\x80");
  }
}

TEST_F(Reader, AnUnknownEncodingNamesTheKnownOnes) {
  put("events.csv", kGood);
  SourceConfig config = source();
  config.encoding = "utf-61";
  const auto result = read(config);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(result.error().hint.find("utf-16"), std::string::npos);
}

TEST_F(Reader, TsvCutsAtTabsAlone) {
  put("events.csv", "user\titem\trating\tts\nu,1\ti,1\t5\t881250949\n");
  SourceConfig config = source();
  config.format = "tsv";
  const auto result = read(config);
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(text_at(*result, "user", 0), "u,1");
}

TEST_F(Reader, AHeaderOverColumnsNamedByPlaceIsFoundByContent) {
  SourceConfig config = source();
  for (size_t i = 0; i < config.columns.size(); ++i) {
    config.columns[i].column = "#" + std::to_string(i + 1);
  }
  put("events.csv", kGood);
  const auto with = read(config);
  ASSERT_TRUE(with) << to_text(with.error());
  EXPECT_EQ(with->read, 2);
  EXPECT_EQ(with->detected["header"], true);
  put("events.csv", "u1,i1,5,881250949\nu2,i2,3,881250950\n");
  const auto without = read(config);
  ASSERT_TRUE(without) << to_text(without.error());
  EXPECT_EQ(without->read, 2);
  EXPECT_EQ(without->detected["header"], false);
  config.header = HeaderLine::kYes;
  EXPECT_EQ(read(config)->read, 1);
}

TEST_F(Reader, StandardInputIsASource) {
  put("events.csv", kGood);
  const int kept = ::dup(STDIN_FILENO);
  const int file = ::open((folder_ / "events.csv").c_str(), O_RDONLY);
  ASSERT_GE(::dup2(file, STDIN_FILENO), 0);
  const auto result = read(source("-"));
  ::dup2(kept, STDIN_FILENO);
  ::close(file);
  ::close(kept);
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->accepted, 2);
}

TEST_F(Reader, ABadRowIsShownWithoutAColumn) {
  put("events.csv", "user,item,rating,ts\nu1,i1\n");
  const auto result = read(source());
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().at.ends_with("events.csv:2")) << result.error().at;
}

TEST_F(Reader, RejectsOfAnEarlierReadingAreRemoved) {
  put("events.csv", kGood + "u3,i3,bad,1\n");
  ASSERT_TRUE(read(source()));
  ASSERT_TRUE(fs::exists(folder_ / "rejects.csv"));
  put("events.csv", kGood);
  ASSERT_TRUE(read(source()));
  EXPECT_FALSE(fs::exists(folder_ / "rejects.csv"));
}

TEST_F(Reader, AFullDiskUnderTheRejectsIsAnError) {
  if (!fs::exists("/dev/full")) {
    GTEST_SKIP() << "SKIPPED: this system has no /dev/full, so no full disk can be shown";
  }
  put("events.csv", kGood + "u3,i3,bad,1\n");
  fs::create_symlink("/dev/full", folder_ / "rejects.csv.tmp");
  const auto result = read(source());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kIo);
  EXPECT_NE(result.error().what.find("No space left"), std::string::npos) << to_text(result.error());
}

TEST_F(Reader, AFileWithoutPermissionIsAnError) {
  put("events.csv", kGood);
  fs::permissions(folder_ / "events.csv", fs::perms::none);
  const bool root = ::geteuid() == 0;
  ASSERT_TRUE(!root || ::seteuid(65534) == 0);  // root may read everything
  const auto result = read(source());
  ASSERT_TRUE(!root || ::seteuid(0) == 0);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kIo);
  EXPECT_NE(result.error().what.find("Permission denied"), std::string::npos) << to_text(result.error());
}

}  // namespace
}  // namespace haina
