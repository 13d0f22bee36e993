#include "data/assembly/id_map.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/files.h"
#include "data/dictionary_of.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

class IdMapFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_idmap_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  Result<IdMap> read(const std::string& text) const {
    EXPECT_TRUE(write_text(folder_ / "map", text));
    return read_id_map(folder_ / "map");
  }
  fs::path folder_;
};

TEST_F(IdMapFile, JsonAndTwoColumnsAreReadAlike) {
  const IdMap expected = {{"15", "13"}, {"a b", "14"}};
  for (const char* const text : {R"({"15": 13, "a b": "14"})", "15\t13\na b\t14\n", "15,13\na b,14\n"}) {
    const auto map = read(text);
    ASSERT_TRUE(map) << to_text(map.error());
    EXPECT_EQ(*map, expected) << text;
  }
}

TEST_F(IdMapFile, OtherTextIsRefusedWithItsPlace) {
  for (const char* const text :
       {"", "{\"15\": 13", "{\"15\": [1]}", "{\"15\": 1.5}", "a\tb\nc\td\te\n", "a\tb\na\tc\n"}) {
    const auto map = read(text);
    ASSERT_FALSE(map) << text;
    EXPECT_NE(map.error().at.find("map"), std::string::npos);
    EXPECT_FALSE(map.error().hint.empty());
  }
  EXPECT_EQ(read_id_map(folder_ / "absent").error().code, ErrorCode::kNotFound);
}

TEST(RewriteIds, DropsAndReportsIdsOutsideTheMap) {
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("user", dictionary_type()), arrow::field("other", dictionary_type())}),
      {dictionary_of({"1", "2", "3", "1"}), dictionary_of({"2", "9", "1", "3"})});
  SourceConfig source;
  source.kind = SourceKind::kSocial;
  const IdMap map = {{"1", "a"}, {"2", "b"}, {"3", "c"}};
  std::vector<std::string> dropped;
  const auto result = rewrite_ids(table, source, Side::kUser, map, Unmapped::kDrop,
                                  [&](std::string_view id) { dropped.emplace_back(id); });
  ASSERT_TRUE(result) << to_text(result.error());
  ASSERT_EQ((*result)->num_rows(), 3);
  EXPECT_EQ(dropped, std::vector<std::string>{"9"});
  const arrow::Array* const kept = column_of(**result, "other");
  EXPECT_EQ(text_at(kept, 0), "b");
  EXPECT_EQ(text_at(kept, 2), "c");
  const auto all = rewrite_ids(table, source, Side::kUser, map, Unmapped::kKeep, [](std::string_view) {});
  EXPECT_EQ((*all)->num_rows(), 4);
}

TEST(RewriteIds, ARowWithoutAnIdStays) {
  const auto ids = std::make_shared<arrow::DictionaryArray>(
      dictionary_type(),
      std::make_shared<arrow::Int32Array>(2, arrow::Buffer::FromVector(std::vector<int32_t>{0, -1}),
                                          arrow::Buffer::FromVector(std::vector<uint8_t>{1}), 1),
      static_cast<const arrow::DictionaryArray&>(*dictionary_of({"1"})).dictionary());
  const auto table = arrow::Table::Make(arrow::schema({arrow::field("user", dictionary_type())}),
                                        std::vector<std::shared_ptr<arrow::Array>>{ids});
  const auto result = rewrite_ids(table, SourceConfig(), Side::kUser, {{"1", "a"}}, Unmapped::kDrop,
                                  [](std::string_view id) { ADD_FAILURE() << id; });
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ((*result)->num_rows(), 2);
}

}  // namespace
}  // namespace haina
