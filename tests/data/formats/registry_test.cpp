// The registry itself: the list and the folder agree, names are checked before files are opened, and files are
// recognized by content or by name.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "base/files.h"
#include "data/formats/format.h"
#include "format_files.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

const fs::path kFolder = fs::path(HAINA_SOURCE_DIR) / "src/data/formats";

// Every text in group 1 of the pattern in a file.
std::vector<std::string> found_in(const fs::path& file, const std::string& pattern) {
  const auto text = read_text(file);
  EXPECT_TRUE(text) << file;
  std::vector<std::string> found;
  const std::regex regex(pattern);
  for (std::sregex_iterator hit(text->begin(), text->end(), regex), end; hit != end; ++hit) {
    found.push_back((*hit)[1]);
  }
  return found;
}

TEST(FormatRegistry, ListAndFolderAgree) {
  const std::vector<std::string> listed = found_in(kFolder / "formats.def", "HAINA_FORMAT\\((\\w+)\\)");
  std::vector<std::string> registered;
  for (const FormatEntry& entry : format_entries()) {
    registered.push_back(entry.name);
  }
  EXPECT_EQ(registered, listed) << "an entry is named as its line in formats.def";
  std::set<std::string> defined;
  for (const auto& file : fs::directory_iterator(kFolder)) {
    if (file.path().extension() == ".cpp") {
      for (const std::string& name : found_in(file.path(), "FormatEntry (\\w+)_format\\(\\) \\{")) {
        EXPECT_TRUE(defined.insert(name).second) << name << " is defined twice";
      }
    }
  }
  EXPECT_EQ(defined, std::set<std::string>(listed.begin(), listed.end()))
      << "each format that a file of the folder defines has its line in formats.def";
}

TEST(FormatRegistry, EveryEntryIsComplete) {
  std::set<std::string> extensions;
  for (const FormatEntry& entry : format_entries()) {
    SCOPED_TRACE(entry.name);
    EXPECT_TRUE(entry.summary.ends_with('.'));
    EXPECT_NE(entry.sniff, nullptr);
    EXPECT_NE(entry.preview, nullptr);
    EXPECT_NE(entry.make_text_reader == nullptr, entry.read_whole == nullptr) << "one way to read";
    EXPECT_TRUE(entry.make_text_reader == nullptr || entry.content == Content::kText);
    for (const std::string& extension : entry.extensions) {
      EXPECT_TRUE(extension.starts_with('.'));
      EXPECT_TRUE(extensions.insert(extension).second) << extension << " belongs to another format, too";
    }
  }
}

struct Recognized {
  const char* name;
  std::string bytes;
  const char* read_as;       // without a format in haina.toml
  const char* previewed_as;  // by haina init
};

TEST(FormatRegistry, FilesAreRecognizedByContentThenByName) {
  const std::string lines = "{\"user\": 1}\n{\"user\": 2}\n";
  for (const Recognized& file :
       {Recognized{"a.csv", "user,item\n1,2\n", "delimited", "delimited"},
        Recognized{"a", "user,item\n1,2\n", "delimited", "delimited"},
        Recognized{"a.csv", "PAR1....", "parquet", "parquet"}, Recognized{"a.parquet", "....", "parquet", "parquet"},
        Recognized{"a.json", "ARROW1..", "arrow", "arrow"}, Recognized{"a.feather", "....", "arrow", "arrow"},
        Recognized{"a.txt", "\x93NUMPY\x01", "npy", "npy"}, Recognized{"a.npy.gz", "....", "npy", "npy"},
        Recognized{"a.jsonl.zst", lines, "jsonl", "jsonl"}, Recognized{"a.json", lines, "jsonl", "jsonl"},
        Recognized{"a.ndjson", "{\"user\": 1}", "jsonl", "jsonl"},
        Recognized{"a.json", "[{\"user\": 1}]", "json", "json"},
        // Guesses by content are for previews alone: a person sees them in haina.toml.
        Recognized{"a.txt", lines, "delimited", "jsonl"}, Recognized{"a.txt", "[{\"user\": 1}]", "delimited", "json"},
        Recognized{"a.txt", "0 1 2\n1 5\n2 3 4\n", "delimited", "lists"},
        Recognized{"a.txt", "0 1\n1 5\n2 3\n", "delimited", "delimited"}}) {
    SCOPED_TRACE(std::string(file.name) + ": " + file.bytes);
    const FileStart start = file_start(file.name, file.bytes, file.bytes);
    EXPECT_EQ(detect_format(start).name, file.read_as);
    const auto likely = likely_formats(start);
    EXPECT_EQ(likely.front()->name, file.previewed_as);
    EXPECT_TRUE(likely.size() == 1 || likely.back()->name == "delimited") << "the fallback";
  }
}

TEST(FormatRegistry, AnUnknownFormatIsFoundBeforeAnyFileIsOpened) {
  SourceConfig source;
  source.path = "/no/such/file";
  source.format = "parket";
  source.place = "haina.toml:7:1";
  const Status unknown = check_format(source);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(unknown.error().at, "haina.toml:7:1");
  EXPECT_NE(unknown.error().hint.find("did you mean 'parquet'"), std::string::npos) << to_text(unknown.error());
  EXPECT_NE(unknown.error().hint.find("lists"), std::string::npos) << "the known names";
  source.format = "parquet";
  EXPECT_TRUE(check_format(source));
  source.format = "";
  EXPECT_TRUE(check_format(source));
}

using UnknownFormat = FormatFiles;

TEST_F(UnknownFormat, NamesTheNearest) {
  const auto result = read("e.csv", "user\nu\n", {column("user", "user")}, "parket");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().hint.find("did you mean 'parquet'"), std::string::npos);
}

using PublishedFiles = FormatFiles;

TEST_F(PublishedFiles, OfListsAndJsonAreReadWhole) {
  const char* const given = std::getenv("HAINA_DATA");
  const fs::path data = given != nullptr ? fs::path(given) : fs::path(HAINA_SOURCE_DIR "/../shared/data");
  const fs::path attributes = data / "s3rec-seq" / "LastFM_item2attributes.json";
  const fs::path lists = data / "gowalla-lightgcn" / "test.txt.gz";
  if (!fs::exists(attributes) || !fs::exists(lists)) {
    GTEST_SKIP() << "SKIPPED: " << attributes << " and " << lists << " are absent; set HAINA_DATA";
  }
  SourceConfig config;
  config.path = attributes.string();
  config.columns = {column("#key", "item"), column("#value", "", "tags")};
  const auto json = read_source(config, {.base = {}, .rejects_file = {}});
  ASSERT_TRUE(json) << to_text(json.error());
  EXPECT_EQ(json->rejected, 0);
  EXPECT_GT(json->accepted, 3000);
  config.path = lists.string();
  config.format = "lists";
  config.columns = {column("#1", "user"), column("#2", "item")};
  const auto gowalla = read_source(config, {.base = {}, .rejects_file = {}});
  ASSERT_TRUE(gowalla) << to_text(gowalla.error());
  EXPECT_EQ(gowalla->accepted, 217242);  // the published number of test interactions
  EXPECT_EQ(gowalla->rejected, 0);
}

}  // namespace
}  // namespace haina
