#include "data/formats/arrow_table.h"

#include <arrow/compute/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/writer.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "data/inference/preview_file.h"
#include "format_files.h"

namespace haina {
namespace {

using TypedFormat = FormatFiles;

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

TEST_F(TypedFormat, ParquetAndArrowGiveTheSameCells) {
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

TEST_F(TypedFormat, ATypedCellIsCheckedLikeATextCell) {
  const auto user = array_of(arrow::StringBuilder(), std::vector<std::string>{"u", "", "v"});
  const auto item = array_of(arrow::StringBuilder(), std::vector<std::string>{"i", "j", "k"});
  const auto rating = array_of(arrow::DoubleBuilder(), std::vector<double>{1, 2, INFINITY});
  const auto table =
      arrow::Table::Make(arrow::schema({arrow::field("user", arrow::utf8()), arrow::field("item", arrow::utf8()),
                                        arrow::field("rating", arrow::float64())}),
                         {user, item, rating});
  const auto result = read("e.parquet", parquet_of(*table), {kEvents[0], kEvents[1], kEvents[2]});
  ASSERT_TRUE(result) << to_text(result.error());
  EXPECT_EQ(result->accepted, 1);
  ASSERT_EQ(result->first_rejects.size(), 2U);
  EXPECT_EQ(place_of(result->first_rejects[0]), (folder_ / "e.parquet").string() + ":2:1");
  const auto missing = read("e.parquet", parquet_of(*table), {column("usr", "user")});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().hint.find("did you mean 'user'"), std::string::npos);
}

// Two rows of "vector" beside their ids, of that type: [1.5, -2, 3] and [4, 5, 6].
std::shared_ptr<arrow::Table> vectors_table(const std::shared_ptr<arrow::DataType>& list) {
  auto doubles = std::make_shared<arrow::DoubleBuilder>();
  arrow::ListBuilder builder(arrow::default_memory_pool(), doubles);
  EXPECT_TRUE(builder.Append().ok() && doubles->AppendValues({1.5, -2, 3}).ok() && builder.Append().ok() &&
              doubles->AppendValues({4, 5, 6}).ok());
  const auto ids = array_of(arrow::StringBuilder(), std::vector<std::string>{"i", "j"});
  const auto cast = arrow::compute::Cast(*builder.Finish(), list);
  EXPECT_TRUE(cast.ok()) << cast.status().message();
  return arrow::Table::Make(arrow::schema({arrow::field("item", arrow::utf8()), arrow::field("vector", list)}),
                            {ids, cast->make_array()});
}

TEST_F(TypedFormat, ListsOfEveryFloatTypeAreVectors) {
  ASSERT_TRUE(load_arrow_casts());
  for (const auto& number : {arrow::float16(), arrow::float32(), arrow::float64()}) {
    for (const auto& list : {arrow::list(number), arrow::large_list(number), arrow::fixed_size_list(number, 3)}) {
      const auto table = vectors_table(list);
      for (const auto& [name, bytes] :
           {std::pair{"v.parquet", parquet_of(*table)}, std::pair{"v.arrow", ipc_of(*table, true)}}) {
        const std::string about = list->ToString() + " in " + name;
        const auto result = read(name, bytes, {column("item", "item"), column("vector", "", "vector")});
        ASSERT_TRUE(result) << about << ": " << to_text(result.error());
        ASSERT_EQ(result->accepted, 2) << about << ": " << result->first_rejects.at(0).message;
        const auto first = lists_of(*result, "vector").value_slice(0);
        ASSERT_EQ(first->length(), 3) << about;
        EXPECT_EQ(static_cast<const arrow::DoubleArray&>(*first).Value(0), 1.5) << about;
        EXPECT_EQ(static_cast<const arrow::DoubleArray&>(*first).Value(1), -2) << about;
        const auto preview = preview_file(folder_ / name);
        ASSERT_TRUE(preview) << about << ": " << to_text(preview.error());
        EXPECT_EQ(preview->columns.at(1).list, ListKind::kNumbers) << about;
      }
    }
  }
}

TEST_F(TypedFormat, AColumnOfObjectsIsNotSupported) {
  const auto ids = array_of(arrow::Int64Builder(), std::vector<int64_t>{1});
  const auto objects = *arrow::StructArray::Make({ids}, std::vector<std::string>{"id"});
  const auto table = arrow::Table::Make(arrow::schema({arrow::field("user", objects->type())}), {objects});
  const auto result = read("e.parquet", parquet_of(*table), {column("user", "user")});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnsupported);
}

// Whatever is cut off or changed, reading ends in a table that is sound or an error with a hint.
TEST_F(TypedFormat, DamagedTypedFilesNeverPassAsSomethingElse) {
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
        EXPECT_FALSE(result.error().hint.empty());
      }
    }
  }
}

}  // namespace
}  // namespace haina
