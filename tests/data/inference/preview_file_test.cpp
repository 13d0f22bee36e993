#include "data/inference/preview_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <tuple>
#include <vector>

#include "base/error.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

class Previews : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_preview_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  Result<FilePreview> preview(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return preview_file(folder_ / name);
  }
  fs::path folder_;
};

std::vector<std::string> names(const FilePreview& preview) {
  std::vector<std::string> names;
  for (const PreviewColumn& column : preview.columns) {
    names.push_back(column.name);
  }
  return names;
}

using Names = std::vector<std::string>;

TEST_F(Previews, DelimitedTextWithAndWithoutAHeader) {
  const auto with = preview("a.csv", "user_id;item_id;rating\n1;2;\"3;5\"\n2;4;1\n");
  ASSERT_TRUE(with) << to_text(with.error());
  EXPECT_EQ(with->format, "delimited");
  ASSERT_TRUE(with->dialect);
  EXPECT_EQ(with->dialect->delimiter, ";");
  EXPECT_TRUE(with->header);
  EXPECT_EQ(names(*with), (Names{"user_id", "item_id", "rating"}));
  EXPECT_EQ(with->rows, (std::vector<Names>{{"1", "2", "3;5"}, {"2", "4", "1"}}));
  const auto without = preview("a.dat", "1::2::5\n2::4::1\n");
  ASSERT_TRUE(without) << to_text(without.error());
  EXPECT_FALSE(without->header);
  EXPECT_EQ(names(*without), (Names{"#1", "#2", "#3"}));
  const auto typed = preview("a.inter", "user_id:token\titem_id:token\trating:float\n1\t2\t\"3\n");
  ASSERT_TRUE(typed) << to_text(typed.error());
  EXPECT_EQ(names(*typed), (Names{"user_id", "item_id", "rating"}));
  EXPECT_EQ(typed->columns[2].recbole_type, "float");
  EXPECT_EQ(typed->rows.at(0).at(2), "\"3");
}

TEST_F(Previews, OfManyRowsSomeAreShownFromAllOfTheFile) {
  std::string text = "user_id,item_id\n";
  for (int i = 0; i < 10000; ++i) {
    text += "u" + std::to_string(i) + ",i" + std::to_string(i) + "\n";
  }
  const auto many = preview("a.csv", text);
  ASSERT_TRUE(many) << to_text(many.error());
  ASSERT_EQ(many->rows.size(), kPreviewRows);
  EXPECT_EQ(many->rows[999], (Names{"u999", "i999"}));
  EXPECT_EQ(many->rows[1000], (Names{"u1000", "i1000"}));
  EXPECT_EQ(many->rows[1001], (Names{"u1009", "i1009"}));
}

TEST_F(Previews, JsonHasTheColumnsOfAllObjects) {
  const auto lines = preview("a.txt", "{\"user\": 1}\n{\"item\": \"x\", \"tags\": [\"a\", \"b\"]}\n");
  ASSERT_TRUE(lines) << to_text(lines.error());
  EXPECT_EQ(lines->format, "jsonl");
  EXPECT_EQ(names(*lines), (Names{"user", "item", "tags"}));
  EXPECT_EQ(lines->rows, (std::vector<Names>{{"1", "", ""}, {"", "x", "a b"}}));
  EXPECT_EQ(lines->columns[2].list, ListKind::kWords);
  // A document that is cut off in its last element.
  const auto keyed = preview("a.json", "{\"k1\": {\"title\": \"A, B\"}, \"k2\": [0.5, 1.5], \"k3\": {\"ti");
  ASSERT_TRUE(keyed) << to_text(keyed.error());
  EXPECT_EQ(keyed->format, "json");
  EXPECT_EQ(names(*keyed), (Names{"#key", "title", "#value"}));
  EXPECT_EQ(keyed->rows.size(), 2U);
  EXPECT_EQ(keyed->columns[2].list, ListKind::kNumbers);
}

TEST_F(Previews, ColumnsThatTheFormatDefinesHaveTheirRoles) {
  const auto lists = preview("train.txt", "0 10 11\n1 10\n2 13 9 11\n3 8 9 12\n");
  ASSERT_TRUE(lists) << to_text(lists.error());
  EXPECT_EQ(lists->format, "lists");
  EXPECT_TRUE(lists->in_time_order);
  EXPECT_EQ(lists->settings, (std::vector<std::pair<std::string, std::string>>{{"order", "\"rows\""}}));
  EXPECT_EQ(lists->doubts.size(), 1U) << "nobody can see whether the order is that of time";
  const auto sorted = preview("train.txt", "0 9 11 100\n1 10\n2 11 12 13\n3 7 30 200 201\n");
  ASSERT_TRUE(sorted) << to_text(sorted.error());
  EXPECT_FALSE(sorted->in_time_order) << "sorted by id";
  EXPECT_TRUE(sorted->settings.empty());
  EXPECT_EQ(lists->columns.at(0).role, "user");
  EXPECT_EQ(lists->columns.at(1).role, "item");
  const auto npy = preview("v.npy", "\x93NUMPY\x01");
  ASSERT_TRUE(npy) << to_text(npy.error());
  EXPECT_EQ(npy->columns.at(0).role, "item");
  EXPECT_EQ(npy->columns.at(1).list, ListKind::kNumbers);
  EXPECT_EQ(npy->doubts.size(), 1U);
}

TEST_F(Previews, AFormatThatOnlyTheNameSaysGivesWayToOneThatCanReadTheFile) {
  const auto csv = preview("a.json", "user,item\n1,2\n2,3\n");
  ASSERT_TRUE(csv) << to_text(csv.error());
  EXPECT_EQ(csv->format, "delimited");
}

TEST_F(Previews, EncodingsAreDetected) {
  const auto latin = preview("a.csv", "user,item\nann,caf\xE9\nbob,na\xEFve\n");
  ASSERT_TRUE(latin) << to_text(latin.error());
  EXPECT_EQ(latin->encoding, "latin-1");
  EXPECT_EQ(latin->rows.at(0).at(1), "caf\xC3\xA9");
  EXPECT_EQ(preview("b.csv", "user,item\nann,x\n")->encoding, "");
}

TEST_F(Previews, WhatCannotBeReadSaysWhy) {
  for (const auto& [name, bytes, reason] :
       {std::tuple{"picture.jpg", std::string("\xFF\xD8\xFF\xE0\0\x10JFIF", 10), "picture"},
        std::tuple{"notes.txt", std::string("only words here\nand here\n"), "only one column"},
        std::tuple{"empty.csv", std::string(), "empty"},
        std::tuple{"broken.parquet", std::string("PAR1 broken"), "cannot read it"}}) {
    const auto result = preview(name, bytes);
    ASSERT_FALSE(result) << name;
    EXPECT_EQ(result.error().code, ErrorCode::kBadData);
    EXPECT_NE(result.error().what.find(reason), std::string::npos) << to_text(result.error());
    EXPECT_NE(result.error().at.find(name), std::string::npos);
    EXPECT_NE(result.error().hint.find("parquet"), std::string::npos) << "the known formats";
  }
}

}  // namespace
}  // namespace haina
