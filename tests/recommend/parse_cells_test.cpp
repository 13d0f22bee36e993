// Cells of the API in the form of the project's columns.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "recommend/catalog.h"

namespace haina {
namespace {

using Json = nlohmann::json;

class ParseCells : public testing::Test {
 protected:
  ParseCells() {
    for (const auto& [name, type] : {std::pair{"genres", FieldType::kTags},
                                     {"brand", FieldType::kCategory},
                                     {"price", FieldType::kNumber},
                                     {"title", FieldType::kText},
                                     {"place", FieldType::kVector},
                                     {"moods", FieldType::kTags}}) {
      Field field;
      field.source = "items";
      field.name = name;
      field.type = type;
      field.numbers = at::zeros({1, 2});
      fields_.push_back(field);
    }
    SourceConfig source;
    source.name = "items";
    source.decimal = ",";
    source.columns = {{.column = "genres", .role = "", .type = "tags", .separator = "|", .place = ""},
                      {.column = "moods", .role = "", .type = "tags", .separator = "list", .place = ""},
                      {.column = "place", .role = "", .type = "vector", .separator = " ", .place = ""}};
    sources_ = {source};
  }
  Result<Cells> parse(const Json& object) const { return parse_cells(object, fields_, Side::kItem, "i1", sources_); }
  std::vector<std::string> parse_one(const std::string& name, const Json& value) const {
    const Result<Cells> cells = parse({{name, value}});
    EXPECT_TRUE(cells) << (cells ? "" : to_text(cells.error()));
    return cells ? cells->at("items." + name) : std::vector<std::string>();
  }
  void expect_refused(const std::string& name, const Json& value) const {
    const Result<Cells> refused = parse({{name, value}});
    ASSERT_FALSE(refused) << value;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(refused.error().at, "i1." + name);
    EXPECT_FALSE(refused.error().hint.empty());
  }
  std::vector<Field> fields_;
  std::vector<SourceConfig> sources_;
};

using Texts = std::vector<std::string>;

TEST_F(ParseCells, TagsAreSeparatedAsInTheColumn) {
  EXPECT_EQ(parse_one("genres", "jazz|old"), (Texts{"jazz", "old"}));
  EXPECT_EQ(parse_one("genres", " jazz | old |"), (Texts{"jazz", "old"}));
  EXPECT_EQ(parse_one("genres", {"jazz", "old|slow"}), (Texts{"jazz", "old", "slow"}));
  EXPECT_EQ(parse_one("genres", "jazz, old"), (Texts{"jazz, old"}));
  EXPECT_EQ(parse_one("genres", ""), Texts());
}

TEST_F(ParseCells, AColumnOfWrittenListsTakesThemAndPlainLists) {
  EXPECT_EQ(parse_one("moods", "['calm', 'late, night']"), (Texts{"calm", "late, night"}));
  EXPECT_EQ(parse_one("moods", {"calm", "late, night"}), (Texts{"calm", "late, night"}));
}

TEST_F(ParseCells, AVectorIsAListOrACell) {
  EXPECT_EQ(parse_one("place", {0.5, 2}), (Texts{"0.5", "2"}));
  EXPECT_EQ(parse_one("place", "0,5 2"), (Texts{"0.5", "2"}));
  expect_refused("place", {1, 2, 3});
}

TEST_F(ParseCells, OneValueIsNotSeveral) {
  expect_refused("price", {1, 2});
  expect_refused("brand", {"a", "b"});
  expect_refused("title", {"a", "b"});
  EXPECT_EQ(parse_one("price", Json::array({1.5})), Texts{"1.5"});
  EXPECT_EQ(parse_one("title", "a|b"), Texts{"a|b"});
}

TEST_F(ParseCells, NumbersHaveTheSourcesDecimalMark) {
  EXPECT_EQ(parse_one("price", "12,5"), Texts{"12.5"});
  EXPECT_EQ(parse_one("price", 12.5), Texts{"12.5"});
  expect_refused("price", "cheap");
  expect_refused("price", Json::object());
}

TEST_F(ParseCells, AnImageHasTheShapeOfTraining) {
  const Field pixels = field_of_cells("items.pixels", Side::kItem, FieldType::kImage, {{"1x1x4:AAECAw=="}});
  fields_.push_back(pixels);
  EXPECT_EQ(parse_one("pixels", "1x1x4://///w=="), Texts{"1x1x4://///w=="});
  for (const char* const wrong : {"1x2x2:AAECAw==", "1x1x4:AAEC", "no image", ""}) {
    const Result<Cells> cells = parse({{"items.pixels", wrong}});
    ASSERT_FALSE(cells) << wrong;
    EXPECT_EQ(cells.error().at, "i1.items.pixels");
    EXPECT_NE(cells.error().hint.find("1x1x4:"), std::string::npos) << cells.error().hint;
  }
}

}  // namespace
}  // namespace haina
