// The contract of every field type, and what each type makes of cells.
#include "data/field_type.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace haina {
namespace {
namespace fs = std::filesystem;

using Rows = std::vector<std::vector<std::string>>;

// Two rows with a value and one without, as text cells that the type can read.
Rows cells_for(FieldType type) {
  if (type == FieldType::kNumber) {
    return {{"1.5"}, {}, {"-3"}};
  }
  if (type == FieldType::kDate) {
    return {{"2024-02-29"}, {}, {"1999-12-31T06:30Z"}};
  }
  if (type == FieldType::kImage) {
    return {{"1x1x4:AAECAw=="}, {}, {"1x1x4://///w=="}};
  }
  return type == FieldType::kVector ? Rows{{"1", "2.5"}, {}, {"0", "-1"}} : Rows{{"war"}, {}, {"love"}};
}

class EveryFieldType : public testing::TestWithParam<FieldType> {};

TEST_P(EveryFieldType, HasANameAndTheFunctionsThatAllTypesNeed) {
  const FieldTypeEntry& entry = entry_of(GetParam());
  EXPECT_FALSE(entry.name.empty());
  EXPECT_EQ(to_string(GetParam()), entry.name);
  EXPECT_NE(entry.present, nullptr);
  EXPECT_NE(entry.save, nullptr);
  EXPECT_NE(entry.load, nullptr);
  EXPECT_NE(entry.is_sound, nullptr);
  EXPECT_EQ(column_field_type(entry.name).has_value(), entry.from_column != nullptr);
  EXPECT_TRUE(entry.from_column == nullptr || entry.join != nullptr) << "live rows join the columns of the files";
  EXPECT_TRUE(entry.from_text == nullptr || entry.to_text != nullptr);
}

TEST_P(EveryFieldType, TextCellsComeBackAsTheyWere) {
  const FieldTypeEntry& entry = entry_of(GetParam());
  if (!parses_from_text(GetParam())) {
    EXPECT_EQ(entry.from_text, nullptr);
    return;
  }
  const Rows rows = cells_for(GetParam());
  const Field field = field_of_cells("films.cells", Side::kItem, GetParam(), rows);
  EXPECT_EQ(field.full_name(), "films.cells");
  EXPECT_TRUE(at::equal(field.present(), at::tensor({1, 0, 1}, at::kInt).to(at::kBool)));
  EXPECT_EQ(entry.to_text(field, 0, field.values), rows[0]);
  EXPECT_EQ(entry.to_text(field, 2, field.values), rows[2]);
  EXPECT_TRUE(entry.check_text == nullptr || entry.check_text(field, rows[0], "body.cells"));
}

// tests/data/dataset_test.cpp saves and loads the others.
class TextFieldType : public EveryFieldType {};

TEST_P(TextFieldType, SavedTensorsGiveTheFieldAgain) {
  const FieldTypeEntry& entry = entry_of(GetParam());
  const Field field = field_of_cells("films.cells", Side::kItem, GetParam(), cells_for(GetParam()));
  TensorMap tensors;
  entry.save(field, "field0", tensors);
  EXPECT_FALSE(tensors.empty());
  Field loaded;
  loaded.type = GetParam();
  loaded.num_rows = 3;
  const Status status = entry.load(loaded, tensors, "field0", "file");
  ASSERT_TRUE(status) << to_text(status.error());
  EXPECT_TRUE(entry.is_sound(loaded, {.users = 1, .items = 3}));
  EXPECT_FALSE(entry.is_sound(loaded, {.users = 1, .items = 2}));
  for (int32_t r = 0; r < 3; ++r) {
    if (field.present()[r].item<bool>()) {
      EXPECT_EQ(entry.to_text(loaded, r, loaded.values), entry.to_text(field, r, field.values));
    }
  }
  Field empty;
  empty.type = GetParam();
  empty.num_rows = 3;
  const Status missing = entry.load(empty, {}, "field0", "file");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kBadData);
  EXPECT_EQ(missing.error().at, "file");
}

TEST_P(EveryFieldType, LiveRowsReplaceThoseOfTheFiles) {
  const FieldTypeEntry& entry = entry_of(GetParam());
  if (entry.join == nullptr || entry.from_text == nullptr) {
    return;
  }
  const Rows rows = cells_for(GetParam());
  Field field = field_of_cells("films.cells", Side::kItem, GetParam(), {rows[0], rows[0], {}});
  const Field more = field_of_cells("films.cells", Side::kItem, GetParam(), {rows[2], {}, rows[2]});
  entry.join(more, field);
  EXPECT_EQ(entry.to_text(field, 0, field.values), rows[2]);
  EXPECT_EQ(entry.to_text(field, 1, field.values), rows[0]);
  EXPECT_EQ(entry.to_text(field, 2, field.values), rows[2]);
}

std::vector<FieldType> all_types() {
  std::vector<FieldType> types;
  for (size_t i = 0; i < field_type_entries().size(); ++i) {
    types.push_back(static_cast<FieldType>(i));
  }
  return types;
}

std::vector<FieldType> text_types() {
  std::vector<FieldType> types = all_types();
  std::erase_if(types, [](FieldType type) { return !parses_from_text(type); });
  return types;
}

std::string type_name(const testing::TestParamInfo<FieldType>& info) { return std::string(to_string(info.param)); }

INSTANTIATE_TEST_SUITE_P(All, EveryFieldType, testing::ValuesIn(all_types()), type_name);
INSTANTIATE_TEST_SUITE_P(All, TextFieldType, testing::ValuesIn(text_types()), type_name);

// The numbers are written into saved datasets.
TEST(FieldTypes, KeepTheirNumbers) {
  const std::vector<std::string> names = {"id",     "behaviour", "number", "category", "tags", "text",
                                          "vector", "links",     "social", "media",    "date", "image"};
  ASSERT_GE(field_type_entries().size(), names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(field_type_entries()[i].name, names[i]);
  }
  EXPECT_EQ(static_cast<int>(FieldType::kMedia), 9);
}

TEST(FieldTypes, EachHasAFileOfItsName) {
  std::set<std::string> files, names;
  for (const fs::directory_entry& file : fs::directory_iterator(fs::path(HAINA_SOURCE_DIR) / "src/data/field_types")) {
    const std::string stem = file.path().stem().string();
    if (file.path().extension() == ".cpp" && !fs::exists(fs::path(file.path()).replace_extension(".h"))) {
      files.insert(stem);
    }
  }
  for (const FieldTypeEntry& entry : field_type_entries()) {
    EXPECT_TRUE(names.insert(std::string(entry.name)).second) << entry.name;
  }
  EXPECT_EQ(files, names);
}

TEST(FieldOfCells, TakesTheFirstCellOfNumbersCategoriesAndTextsAndAllOfTags) {
  const Rows rows = {{"7", "8"}, {}, {"x"}};
  const Field number = field_of_cells("films.year", Side::kItem, FieldType::kNumber, rows);
  EXPECT_EQ(number.numbers[0].item<float>(), 7);
  EXPECT_TRUE(std::isnan(number.numbers[2].item<float>()));  // not a number
  EXPECT_EQ(field_of_cells("films.genre", Side::kItem, FieldType::kCategory, rows).values.to_strings(),
            (std::vector<std::string>{"7", "x"}));
  EXPECT_EQ(field_of_cells("films.plot", Side::kItem, FieldType::kText, rows).texts,
            (std::vector<std::string>{"7", "", "x"}));
  const Field tags = field_of_cells("films.tags", Side::kItem, FieldType::kTags, rows);
  EXPECT_EQ(tags.bags.row(0).size(), 2U);
  EXPECT_EQ(tags.values.size(), 3);
  const Field vector = field_of_cells("films.vector", Side::kItem, FieldType::kVector, {{"1", "2"}, {"3"}, {}});
  EXPECT_EQ(vector.numbers.size(1), 2);
  EXPECT_EQ(vector.numbers[1][0].item<float>(), 3);
  EXPECT_FALSE(vector.present()[1].item<bool>());  // too short
}

TEST(FieldOfCells, DatesAreDaysAndAreWrittenAsDates) {
  const Rows rows = {{"1970-01-02"}, {"2024-02-29T12:00:00Z"}, {"86400000000"}, {"soon"}, {}};
  const Field dates = field_of_cells("offers.ends", Side::kItem, FieldType::kDate, rows);
  EXPECT_EQ(dates.numbers[0].item<float>(), 1);
  EXPECT_EQ(dates.numbers[1].item<float>(), 19782.5F);
  EXPECT_TRUE(std::isnan(dates.numbers[3].item<float>()));
  EXPECT_EQ(dates.present().sum().item<int64_t>(), 3);
  const FieldTypeEntry& type = entry_of(FieldType::kDate);
  EXPECT_EQ(type.to_text(dates, 0, {}), std::vector<std::string>{"1970-01-02"});
  EXPECT_EQ(type.to_text(dates, 1, {}), std::vector<std::string>{"2024-02-29T12:00Z"});
  EXPECT_TRUE(type.to_text(dates, 4, {}).empty());
  EXPECT_FALSE(type.check_text(dates, {"soon"}, "body"));
}

TEST(CheckText, RefusesWhatIsNotANumberAndVectorsOfAnotherLength) {
  const Field number = field_of_cells("films.year", Side::kItem, FieldType::kNumber, {{"1"}});
  const Field vector = field_of_cells("films.vector", Side::kItem, FieldType::kVector, {{"1", "2"}});
  const auto check = [](const Field& field, const std::vector<std::string>& cells) {
    return entry_of(field.type).check_text(field, cells, "body.cells");
  };
  EXPECT_TRUE(check(number, {"2.5"}));
  EXPECT_TRUE(check(vector, {"2.5", "-1"}));
  for (const Status& status : {check(number, {"x"}), check(vector, {"1", "x"}), check(vector, {"1"})}) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(status.error().at, "body.cells");
    EXPECT_FALSE(status.error().hint.empty());
  }
}

}  // namespace
}  // namespace haina
