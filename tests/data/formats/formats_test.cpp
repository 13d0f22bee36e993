#include <arrow/io/memory.h>
#include <arrow/ipc/writer.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "data/formats/read_source.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

ColumnConfig column(const std::string& name, const std::string& role, const std::string& type = "") {
  return {.column = name, .role = role, .type = type, .separator = "", .place = "haina.toml:5:1"};
}

class Formats : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_formats_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  Result<ReadResult> read(const std::string& name, const std::string& bytes, std::vector<ColumnConfig> columns,
                          const std::string& format = "") const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    SourceConfig config;
    config.name = "events";
    config.path = name;
    config.place = "haina.toml:1:1";
    config.columns = std::move(columns);
    config.format = format;
    config.max_rejects = 0.9;
    return read_source(config, {.base = folder_, .rejects_file = {}});
  }

  fs::path folder_;
};

const std::vector<ColumnConfig> kEvents = {column("user", "user"), column("item", "item"), column("rating", "value"),
                                           column("ts", "time")};

std::string text_at(const ReadResult& result, const std::string& name, int64_t row) {
  return std::string(haina::text_at(column_of(*result.table, name), row));
}
double number_at(const ReadResult& result, const std::string& name, int64_t row) {
  return std::static_pointer_cast<arrow::DoubleArray>(result.table->GetColumnByName(name)->chunk(0))->Value(row);
}
int64_t time_at(const ReadResult& result, int64_t row) {
  return std::static_pointer_cast<arrow::TimestampArray>(result.table->GetColumnByName("time")->chunk(0))->Value(row);
}

TEST_F(Formats, JsonLinesKeepIdsWholeAndRefuseBadLinesAlone) {
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  const auto result = read("e.jsonl",
                           "{\"user\": 9007199254740993, \"item\": \"i,1\", \"rating\": 4.5, \"ts\": 881250949}\n"
                           "{\"user\": 2.0, \"item\": \"two\\nlines\", \"rating\": null, \"ts\": 881250950}\n\n"
                           "{\"user\": 3, \"item\": \n"
                           "[1, 2]\n"
                           "{\"user\": {\"id\": 3}, \"item\": \"x\"}\n"
                           "{\"user\": 3, \"item\": " +
                               deep +
                               "}\n"
                               "{\"user\": 3, \"item\": \"bad\xFF\"}\n"
                               "{\"user\": 3}\n"
                               "{\"user\": 3, \"item\": \"x\", \"rating\": [1]}\n"
                               "{\"user\": 3, \"item\": \"x\\u0000y\"}\n",
                           kEvents);
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->accepted, 2);
  EXPECT_EQ(text_at(*result, "user", 0), "9007199254740993");
  EXPECT_EQ(text_at(*result, "user", 1), "2");
  EXPECT_EQ(text_at(*result, "item", 1), "two\nlines");
  EXPECT_TRUE(result->table->GetColumnByName("value")->chunk(0)->IsNull(1));
  EXPECT_EQ(time_at(*result, 0), 881250949000000);
  std::vector<std::string> codes;
  std::vector<int64_t> lines;
  for (const Reject& reject : result->first_rejects) {
    codes.push_back(reject.code);
    lines.push_back(reject.line);
  }
  EXPECT_EQ(codes, (std::vector<std::string>{"json", "json", "json", "json", "encoding", "empty", "list", "nul"}));
  EXPECT_EQ(lines, (std::vector<int64_t>{4, 5, 6, 7, 8, 9, 10, 11}));
}

TEST_F(Formats, AJsonArrayCountsLinesAndNamesMissingColumns) {
  const std::string text =
      "[\n {\"user\": \"u\", \"item\": \"i]\\\"{\",\n  \"rating\": 1, \"ts\": 1000000000},\n 17,\n {\"user\": \"v\", "
      "\"item\": \"j\"}\n]\n";
  const auto result = read("e.json", text, kEvents);
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->accepted, 2);
  EXPECT_EQ(text_at(*result, "item", 0), "i]\"{");
  ASSERT_EQ(result->first_rejects.size(), 1U);
  EXPECT_EQ(result->first_rejects[0].line, 4);
  const auto missing = read("e.json", text, {column("user", "user"), column("itm", "item")});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().mend.find("did you mean 'item'"), std::string::npos) << to_text(missing.error());
}

TEST_F(Formats, AJsonObjectIsKeyedById) {
  const auto titles = read(
      "m.json", "{\"1\": {\"title\": \"A\", \"tags\": [\"x\", 2]}, \"a\\u00e9\": {\"title\": \"B\", \"tags\": []}}",
      {column("#key", "item"), column("title", "", "text"), column("tags", "", "tags")});
  ASSERT_TRUE(titles) << to_text(titles.error());
  EXPECT_EQ(text_at(*titles, "item", 1), "a\xC3\xA9");
  EXPECT_EQ(text_at(*titles, "title", 0), "A");
  const auto lists = std::static_pointer_cast<arrow::ListArray>(titles->table->GetColumnByName("tags")->chunk(0));
  EXPECT_EQ(lists->value_length(0), 2);
  EXPECT_EQ(lists->value_length(1), 0);
  EXPECT_EQ(std::static_pointer_cast<arrow::LargeStringArray>(lists->values())->GetView(1), "2");
  const auto values =
      read("m.json", "{\"1\": [3, 4], \"2\": [5]}", {column("#key", "item"), column("#value", "", "tags")});
  ASSERT_TRUE(values) << to_text(values.error());
  EXPECT_EQ(values->accepted, 2);
}

struct Broken {
  const char* name;
  std::string text;
  const char* at;
};

class BrokenJson : public Formats, public testing::WithParamInterface<Broken> {};

TEST_P(BrokenJson, IsRefusedWithItsLine) {
  const auto result = read("e.json", GetParam().text, kEvents);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kBadData);
  EXPECT_NE(result.error().at.find(GetParam().at), std::string::npos) << to_text(result.error());
  EXPECT_FALSE(result.error().mend.empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenJson,
    testing::Values(Broken{"no_bracket", "hello", "e.json:1"}, Broken{"blank", " \n ", "e.json:2"},
                    Broken{"cut_element", "[\n{\"user\": 1,", "e.json:2"},
                    Broken{"cut_array", "[{\"user\": 1},\n", "e.json:2"},
                    Broken{"text_behind", "[\n{}]\nx", "e.json:3"}, Broken{"bare_key", "{user: {}}", "e.json:1"},
                    Broken{"no_colon", "{\"user\" {}}", "e.json:1"},
                    Broken{"wrong_bracket", "[{\"user\": 1}}", "e.json:1"}, Broken{"empty_array", "[]", "e.json:1"},
                    Broken{"scalars", "[1, 2, 3]", "e.json:1"}, Broken{"deep", std::string(1000000, '['), "e.json:1"}),
    [](const auto& info) { return info.param.name; });

template <class Builder, class Value>
std::shared_ptr<arrow::Array> array_of(Builder&& builder, const std::vector<Value>& values) {
  for (const Value& value : values) {
    EXPECT_TRUE(builder.Append(value).ok());
  }
  return *builder.Finish();
}

// Two rows whose second time is missing and whose ids are a dictionary, as pandas writes categories.
std::shared_ptr<arrow::Table> events_table() {
  auto users = array_of(arrow::Int64Builder(), std::vector<int64_t>{9007199254740993, 2});
  arrow::StringDictionaryBuilder items;
  EXPECT_TRUE(items.Append("i1").ok() && items.Append("i2").ok());
  auto ratings = array_of(arrow::FloatBuilder(), std::vector<float>{4.5F, 3});
  arrow::TimestampBuilder times(arrow::timestamp(arrow::TimeUnit::MILLI), arrow::default_memory_pool());
  EXPECT_TRUE(times.Append(881250949123).ok() && times.AppendNull().ok());
  const std::vector<std::shared_ptr<arrow::Array>> arrays = {users, *items.Finish(), ratings, *times.Finish()};
  arrow::FieldVector fields;
  const std::vector<std::string> names = {"user", "item", "rating", "ts"};
  for (size_t i = 0; i < names.size(); ++i) {
    fields.push_back(arrow::field(names[i], arrays[i]->type()));
  }
  return arrow::Table::Make(arrow::schema(fields), arrays);
}

std::string parquet_of(const arrow::Table& table) {
  const auto sink = *arrow::io::BufferOutputStream::Create();
  EXPECT_TRUE(parquet::arrow::WriteTable(table, arrow::default_memory_pool(), sink).ok());
  return (*sink->Finish())->ToString();
}

std::string ipc_of(const arrow::Table& table, bool stream) {
  const auto sink = *arrow::io::BufferOutputStream::Create();
  const auto writer =
      stream ? *arrow::ipc::MakeStreamWriter(sink, table.schema()) : *arrow::ipc::MakeFileWriter(sink, table.schema());
  EXPECT_TRUE(writer->WriteTable(table).ok() && writer->Close().ok());
  return (*sink->Finish())->ToString();
}

TEST_F(Formats, ParquetAndArrowGiveTheSameCells) {
  const auto table = events_table();
  for (const auto& [name, bytes] :
       {std::pair{"e.bin", parquet_of(*table)}, std::pair{"e.feather", ipc_of(*table, false)},
        std::pair{"e.arrow", ipc_of(*table, true)}}) {
    const auto result = read(name, bytes, kEvents);
    ASSERT_TRUE(result) << name << " " << to_text(result.error());
    EXPECT_EQ(result->accepted, 2);
    EXPECT_EQ(text_at(*result, "user", 0), "9007199254740993");
    EXPECT_EQ(text_at(*result, "item", 1), "i2");
    EXPECT_EQ(number_at(*result, "value", 0), 4.5);
    EXPECT_EQ(time_at(*result, 0), 881250949123000);
    EXPECT_TRUE(result->table->GetColumnByName("time")->chunk(0)->IsNull(1));
  }
}

TEST_F(Formats, ATypedCellIsCheckedLikeATextCell) {
  const auto user = array_of(arrow::StringBuilder(), std::vector<std::string>{"u", "", "v"});
  const auto item = array_of(arrow::StringBuilder(), std::vector<std::string>{"i", "j", "k"});
  const auto rating = array_of(arrow::DoubleBuilder(), std::vector<double>{1, 2, std::nan("")});
  const auto table =
      arrow::Table::Make(arrow::schema({arrow::field("user", arrow::utf8()), arrow::field("item", arrow::utf8()),
                                        arrow::field("rating", arrow::float64())}),
                         {user, item, rating});
  const auto result = read("e.parquet", parquet_of(*table), {kEvents[0], kEvents[1], kEvents[2]});
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->accepted, 1);
  ASSERT_EQ(result->first_rejects.size(), 2U);
  EXPECT_EQ(place_of(result->first_rejects[0]), (folder_ / "e.parquet").string() + ":2:1");
  EXPECT_EQ(result->first_rejects[1].code, "number");
  const auto missing = read("e.parquet", parquet_of(*table), {column("usr", "user")});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().mend.find("did you mean 'user'"), std::string::npos);
}

TEST_F(Formats, AColumnOfObjectsIsNotSupported) {
  const auto ids = array_of(arrow::Int64Builder(), std::vector<int64_t>{1});
  const auto objects = *arrow::StructArray::Make({ids}, std::vector<std::string>{"id"});
  const auto table = arrow::Table::Make(arrow::schema({arrow::field("user", objects->type())}), {objects});
  const auto result = read("e.parquet", parquet_of(*table), {column("user", "user")});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnsupported);
}

// Whatever is cut off or changed, reading ends in a table that is sound or an error with a mend.
TEST_F(Formats, DamagedTypedFilesNeverPassAsSomethingElse) {
  const auto table = events_table();
  std::mt19937 random(7);
  for (const auto& [name, whole] :
       {std::pair{"e.parquet", parquet_of(*table)}, std::pair{"e.feather", ipc_of(*table, false)}}) {
    for (size_t i = 1; i < 40; ++i) {
      const auto cut = read(name, whole.substr(0, whole.size() * i / 40), kEvents);
      ASSERT_FALSE(cut) << name << " cut to " << i << "/40";
      EXPECT_EQ(cut.error().code, ErrorCode::kBadData);
      EXPECT_NE(cut.error().at.find(name), std::string::npos);
    }
    for (int i = 0; i < 300; ++i) {
      std::string changed = whole;
      changed[random() % changed.size()] = static_cast<char>(random() % 256);
      const auto result = read(name, changed, kEvents);
      if (result) {
        EXPECT_TRUE(result->table->ValidateFull().ok());
        EXPECT_EQ(result->accepted + result->rejected, result->read);
      } else {
        EXPECT_FALSE(result.error().mend.empty());
      }
    }
  }
}

std::string npy(const std::string& header, const std::string& numbers) {
  std::string text = std::string("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size() & 0xFF);
  text += static_cast<char>(header.size() >> 8);
  return text + header + numbers;
}

template <class Number>
std::string bytes_of(const std::vector<Number>& numbers) {
  return std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number));
}

const std::vector<ColumnConfig> kVectors = {column("#row", "item"), column("vector", "", "vector")};
const std::string kMatrix = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";

TEST_F(Formats, NpyRowsAreVectorsOfTheirNumber) {
  const auto check = [&](const std::string& type, const std::string& numbers) {
    const auto result =
        read("v.npy", npy("{'descr': '" + type + "', 'fortran_order': False, 'shape': (2, 3), }\n", numbers), kVectors);
    ASSERT_TRUE(result) << to_text(result.error());
    EXPECT_EQ(text_at(*result, "item", 1), "1");
    const auto lists = std::static_pointer_cast<arrow::ListArray>(result->table->GetColumnByName("vector")->chunk(0));
    EXPECT_EQ(std::static_pointer_cast<arrow::DoubleArray>(lists->value_slice(1))->Value(2), 6);
  };
  check("<f4", bytes_of<float>({1, 2, 3, 4, 5, 6}));
  check("<f8", bytes_of<double>({1, 2, 3, 4, 5, 6}));
  check("<i4", bytes_of<int32_t>({1, 2, 3, 4, 5, 6}));
  check("<i8", bytes_of<int64_t>({1, 2, 3, 4, 5, 6}));
  const auto infinite = read("v.npy", npy(kMatrix, bytes_of<float>({1, 2, 3, INFINITY, 5, 6})), kVectors);
  ASSERT_TRUE(infinite) << to_text(infinite.error());
  EXPECT_EQ(infinite->first_rejects.at(0).code, "number");
  EXPECT_EQ(infinite->first_rejects.at(0).line, 2);
}

class BrokenNpy : public Formats, public testing::WithParamInterface<Broken> {};

TEST_P(BrokenNpy, IsRefusedWithItsByte) {
  const auto result = read("v.npy", GetParam().text, kVectors, "npy");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().at.find(GetParam().at), std::string::npos) << to_text(result.error());
  EXPECT_FALSE(result.error().mend.empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenNpy,
    testing::Values(
        Broken{"no_magic", "user,item\n1,2\n3,4\n", "byte 0"}, Broken{"magic_alone", "\x93NUMPY", "byte 0"},
        Broken{"version_9", std::string("\x93NUMPY\x09\x00\x01\x00    ", 14), "byte 6"},
        Broken{"header_beyond_end", std::string("\x93NUMPY\x01\x00\xFF\xFFxx", 12), "byte 8"},
        Broken{"header_of_4_gb", std::string("\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF", 12), "byte 8"},
        Broken{"no_dict", npy("hello world", ""), "byte 10"},
        Broken{"objects", npy("{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }", ""), "byte 10"},
        Broken{"fortran", npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", std::string(24, '\0')),
               "byte 10"},
        Broken{"cube", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }", std::string(24, '\0')),
               "byte 10"},
        Broken{"negative", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3), }", std::string(24, '\0')),
               "byte 10"},
        Broken{"overflow", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", ""),
               "byte"},
        Broken{"cut", npy(kMatrix, std::string(20, '\0')), "byte"},
        Broken{"longer", npy(kMatrix, std::string(28, '\0')), "byte"},
        Broken{"half_a_number", npy(kMatrix, std::string(25, '\0')), "byte"},
        Broken{"no_columns", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9000000000000000000, 0), }", ""),
               "byte"}),
    [](const auto& info) { return info.param.name; });

TEST_F(Formats, ListsGiveARowForEveryItemInOrder) {
  const auto result =
      read("train.txt", "0 10 11 12\r\n1\n2 10 \n\n", {column("#1", "user"), column("#2", "item")}, "lists");
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->accepted, 4);
  EXPECT_EQ(text_at(*result, "user", 2), "0");
  EXPECT_EQ(text_at(*result, "item", 2), "12");
  EXPECT_EQ(text_at(*result, "user", 3), "2");
  const auto timed = read("train.txt", "0 1 2\n", kEvents, "lists");
  ASSERT_FALSE(timed);
  EXPECT_EQ(timed.error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(read("train.txt", "1\n2\n", {column("#1", "user"), column("#2", "item")}, "lists"));
}

TEST_F(Formats, ListsMayBeginAnywhereAndBeNumberedByTheirLine) {
  // A count, then the ids: what line i holds belongs to i.
  const auto counted =
      read("users.dat", "3 10 11 12\n0 \n1 10", {column("#row", "user"), column("#2", "item")}, "lists");
  ASSERT_TRUE(counted) << to_text(counted.error());
  ASSERT_EQ(counted->accepted, 4);
  EXPECT_EQ(text_at(*counted, "user", 0), "0");
  EXPECT_EQ(text_at(*counted, "item", 0), "10");
  EXPECT_EQ(text_at(*counted, "user", 3), "2");
  EXPECT_EQ(text_at(*counted, "item", 3), "10");
  // The same as ties of items, whose columns stand in another order.
  const auto ties = read("cites.dat", "2 5 6\n", {column("#2", "other"), column("#row", "item")}, "lists");
  ASSERT_TRUE(ties) << to_text(ties.error());
  EXPECT_EQ(text_at(*ties, "other", 1), "6");
  EXPECT_EQ(text_at(*ties, "item", 1), "0");
  // User, held-out item, candidates.
  const auto third = read("neg.tsv", "u\tp\t1,2\nv\tq\n",
                          {column("#1", "user"), column("#3", "item"), column("#2", "other")}, "lists");
  ASSERT_TRUE(third) << to_text(third.error());
  ASSERT_EQ(third->accepted, 2);
  EXPECT_EQ(text_at(*third, "item", 1), "2");
  EXPECT_EQ(text_at(*third, "other", 1), "p");
}

TEST_F(Formats, AListOfTagsIsOneRow) {
  const auto result =
      read("tags.dat", "2 war love\n0\n\n", {column("#row", "item"), column("#2", "", "tags")}, "lists");
  ASSERT_TRUE(result) << to_text(result.error());
  ASSERT_EQ(result->accepted, 3);  // an item without tags is an item, also on a line without anything
  const auto tags = std::static_pointer_cast<arrow::ListArray>(result->table->GetColumnByName("#2")->chunk(0));
  EXPECT_EQ(tags->value_length(0), 2);
  EXPECT_EQ(std::static_pointer_cast<arrow::LargeStringArray>(tags->values())->GetView(1), "love");
  EXPECT_EQ(tags->value_length(1), 0);
  EXPECT_EQ(text_at(*result, "item", 2), "2");
  const auto named = read("tags.txt", "\nx war\n\n", {column("#1", "item"), column("#2", "", "tags")}, "lists");
  ASSERT_TRUE(named) << to_text(named.error());
  EXPECT_EQ(named->read, 1);  // a blank line names nothing
}

TEST_F(Formats, AHeldOutPairBeforeAListStandsForItsUser) {
  const std::vector<ColumnConfig> columns = {column("#1", "user"), column("#2", "item")};
  const auto result =
      read("test.negative", "(7,25)\t1064\t174\n( u , 1)\t3\n(8,1)\n(9,2)x 5\n(10 6\n", columns, "lists");
  ASSERT_TRUE(result) << to_text(result.error());
  ASSERT_EQ(result->accepted, 6);
  EXPECT_EQ(text_at(*result, "user", 0), "7");
  EXPECT_EQ(text_at(*result, "item", 0), "1064");
  EXPECT_EQ(text_at(*result, "item", 1), "174");
  EXPECT_EQ(text_at(*result, "user", 2), "u");
  EXPECT_EQ(text_at(*result, "user", 3), "(9");  // no pair, so cut like any other line
  EXPECT_EQ(text_at(*result, "item", 3), "2)x");
  EXPECT_EQ(text_at(*result, "item", 4), "5");
  EXPECT_EQ(text_at(*result, "user", 5), "(10");
}

TEST_F(Formats, ListsSayHowTheirColumnsAreNamed) {
  for (const std::vector<ColumnConfig>& columns :
       {std::vector{column("#1", "user"), column("item", "item")},
        std::vector{column("#0", "user"), column("#2", "item")},
        std::vector{column("#2x", "user"), column("#2", "item")}, std::vector{column("#row", "user")}}) {
    const auto result = read("train.txt", "0 1 2\n", columns, "lists");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(result.error().at.empty());
    EXPECT_NE(result.error().mend.find("#row"), std::string::npos);
  }
}

TEST_F(Formats, AnUnknownFormatNamesTheNearest) {
  const auto result = read("e.csv", "user\nu\n", {column("user", "user")}, "parket");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().mend.find("did you mean 'parquet'"), std::string::npos);
}

TEST_F(Formats, PublishedFilesOfListsAndJsonAreReadWhole) {
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
