#include "data/io/known_files.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace haina {
namespace {

using std::string_view_literals::operator""sv;

struct Sample {
  std::string_view bytes;
  const char* what;
  const char* step;
};

TEST(KnownFiles, AreNamedWithTheStepThatMakesThemReadable) {
  for (const auto& [bytes, what, step] :
       std::to_array<Sample>({{"BZh91AY&SY"sv, "bzip2", "bunzip2 log"},
                              {"BZh11AY&SY\x80"sv, "bzip2", "bunzip2 log"},
                              {"Rar!\x1A\x07\x00"sv, "RAR", "unrar x log"},
                              {"PK\x03\x04\x14\x00\x06xl/workbook.xml"sv, "Excel", "--convert-to csv log"},
                              {"PK\x03\x04\x14\x00\x06log.csv"sv, "zip", "unzip log"},
                              {"SQLite format 3\0\x10"sv, "SQLite", "sqlite3 -header -csv log"},
                              {"RDX2\nX\n\0\0\0\2"sv, "R data", "write.csv"},
                              {"MATLAB 5.0 MAT-file\0\1"sv, "MATLAB", "writetable"},
                              {"\xEF\xBB\xBF<!DOCTYPE html><title>Log in"sv, "web page", "download"},
                              {"%PDF-1.7\n1 0 obj"sv, "PDF", "as CSV"}})) {
    const auto told = what_it_is_instead(bytes, "log");
    ASSERT_TRUE(told) << what;
    EXPECT_NE(told->find(what), std::string::npos) << *told;
    EXPECT_NE(told->find(step), std::string::npos) << *told;
  }
}

TEST(KnownFiles, AHeaderWithTheLettersOfAnArchiveIsARowOfText) {
  for (const std::string_view text :
       {"BZh,item\n1,2\n"sv, "RDX,item_id\n1,2\n"sv, "Rar!,b\n"sv, "PGDMP\titem\n"sv, "MATLAB version,user\n"sv,
        "$FL2,a\n"sv, "SQLite format 3,item\n"sv, "ORCID,paper\n0000-0001,p1\n"sv,
        "RDX\x01item\n1\x01"
        "2\n"sv}) {
    EXPECT_FALSE(what_it_is_instead(text, "log.csv")) << text;
  }
}

TEST(KnownFiles, OrcAndParquetAreLeftToTheirReaders) {
  EXPECT_FALSE(what_it_is_instead("ORC\x08\x03\x10\x00"sv, "log.orc"));
  EXPECT_FALSE(what_it_is_instead("PAR1\x15\x04\x15\x00"sv, "log.parquet"));
}

}  // namespace
}  // namespace haina
