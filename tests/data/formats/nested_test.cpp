// Values inside records, rows of several items, rows of one kind, and columns that folders name.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "data/formats/json_paths.h"
#include "data/io/partitions.h"
#include "format_files.h"

namespace haina {
namespace {

using Nested = FormatFiles;
using Json = nlohmann::json;

TEST(JsonPaths, LeadThroughObjectsListsAndPairs) {
  const Json record = Json::parse(R"({"user": {"id": 7}, "a.b": 1, "items": [{"id": 1}, {"id": 2}],
                                      "fields": [{"name": "price", "value": 3}, {"name": "tags", "value": ["x"]}]})");
  EXPECT_EQ(*find_json(record, "user.id").values.at(0), 7);
  EXPECT_EQ(*find_json(record, "a.b").values.at(0), 1);
  EXPECT_TRUE(find_json(record, "items.id").in_list);
  EXPECT_EQ(find_json(record, "items.id").values.size(), 2U);
  EXPECT_EQ(*find_json(record, "fields.price").values.at(0), 3);
  EXPECT_TRUE(find_json(record, "user.name").values.empty());
  std::vector<std::string> paths;
  for_each_leaf("", record, [&](const std::string& path, const Json&, bool) { paths.push_back(path); });
  EXPECT_EQ(paths, (std::vector<std::string>{"a.b", "fields.price", "fields.tags", "items.id", "items.id", "user.id"}));
}

TEST(JsonPaths, RecordListsAreFoundEvenWhereTheTextIsCutOff) {
  const std::string text = R"({"n": 1, "data": {"rows": [{"a": "]"}, {"a": 2}], "tags": ["x"]}, "more": [{"b": 1)";
  const std::vector<RecordList> lists = find_record_lists(text);
  ASSERT_EQ(lists.size(), 2U);
  EXPECT_EQ(lists[0].path, "data.rows");
  EXPECT_EQ(text.substr(lists[0].begin, lists[0].length), R"([{"a": "]"}, {"a": 2}])");
  EXPECT_EQ(lists[1].path, "more");
}

TEST_F(Nested, MembersOfObjectsAreColumns) {
  const auto result = read("e.jsonl", "{\"user\": {\"id\": \"u\"}, \"item\": {\"sku\": 5}}\n",
                           {column("user.id", "user"), column("item.sku", "item")});
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(text_at(*result, "user", 0), "u");
  EXPECT_EQ(text_at(*result, "item", 0), "5");
}

TEST_F(Nested, AListOfItemsIsARowForEach) {
  const auto result = read(
      "e.jsonl", "{\"user\": \"u\", \"items\": [{\"id\": 1, \"n\": 2}, {\"id\": 3, \"n\": 4}], \"ts\": 1000000000}\n",
      {column("user", "user"), column("items.id", "item"), column("items.n", "value"), column("ts", "time")});
  ASSERT_TRUE(result) << to_text(result.error());
  ASSERT_EQ(result->table->num_rows(), 2);
  EXPECT_EQ(text_at(*result, "item", 1), "3");
  EXPECT_EQ(number_at(*result, "value", 1), 4);
  EXPECT_EQ(time_at(*result, 1), 1000000000000000);
}

TEST_F(Nested, ACellOfItemsIsCutAtItsSeparatorAndFilteredByItsEnding) {
  SourceConfig source;
  source.name = "log";
  source.place = "haina.toml:1:1";
  source.columns = {column("user", "user"), column("shown", "item")};
  source.columns[1].separator = " ";
  source.item_ending = "-1";
  const auto result = read_source_bytes(source, "user,shown\nu,N1-0 N2-1 N3-1\nv,N4-0\n", "log.csv", {});
  ASSERT_TRUE(result) << to_text(result.error());
  ASSERT_EQ(result->table->num_rows(), 2);
  EXPECT_EQ(text_at(*result, "item", 0), "N2");
  EXPECT_EQ(result->accepted, 2);
}

TEST_F(Nested, RowsOfAnotherKindAreNotCounted) {
  SourceConfig source;
  source.name = "clicks";
  source.place = "haina.toml:1:1";
  source.columns = {column("user", "user"), column("item", "item"), column("kind", "where", "click")};
  for (const auto& [name, text] :
       {std::pair{"e.csv", "user,item,kind\nu,i,click\n,i,item\nv,j,click\n"},
        std::pair{"e.jsonl",
                  "{\"user\":\"u\",\"item\":\"i\",\"kind\":\"click\"}\n{\"item\":{},\"kind\":\"item\"}\n"
                  "{\"user\":\"v\",\"item\":\"j\",\"kind\":\"click\"}\n"}}) {
    const auto result = read_source_bytes(source, text, name, {});
    ASSERT_TRUE(result) << to_text(result.error());
    EXPECT_EQ(result->read, 2) << name;
    EXPECT_EQ(result->rejected, 0) << name;
    EXPECT_EQ(result->table->num_columns(), 2) << name;
  }
}

TEST_F(Nested, FoldersOfAPathGiveColumns) {
  EXPECT_EQ(partitions_of("a/dt=2024-01-01/city=New%20York/part-0.csv"),
            (std::vector<std::pair<std::string, std::string>>{{"dt", "2024-01-01"}, {"city", "New York"}}));
  for (const char* const day : {"2024-01-01", "2024-01-02"}) {
    std::filesystem::create_directories(folder_ / (std::string("dt=") + day));
    std::ofstream(folder_ / (std::string("dt=") + day) / "part.csv") << "user,item\nu,i" << day[9] << "\n";
  }
  std::filesystem::create_directories(folder_ / "dt=2024-01-03");
  std::ofstream(folder_ / "dt=2024-01-03/part.csv") << "";
  SourceConfig source;
  source.name = "events";
  source.path = "dt=*/*.csv";
  source.place = "haina.toml:1:1";
  source.columns = {column("user", "user"), column("dt", "time"), column("item", "item")};
  const auto result = read_source(source, {.base = folder_});
  ASSERT_TRUE(result) << to_text(result.error());
  ASSERT_EQ(result->table->num_rows(), 2);
  EXPECT_EQ(text_at(*result, "item", 1), "i2");
  EXPECT_EQ(time_at(*result, 1) - time_at(*result, 0), int64_t{86400} * 1000000);
}

TEST_F(Nested, ListsOfListsOfRecordsAreRecords) {
  const auto result = read("e.json", R"([[{"user": 1, "item": 2}, {"user": 3, "item": 4}], [{"user": 5, "item": 6}]])",
                           {column("user", "user"), column("item", "item")});
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->accepted, 3);
}

}  // namespace
}  // namespace haina
