// Which field of items lists are compared with histories by.
#include "pipeline/item_categories.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace haina {
namespace {

// A field of categories: row r has the code codes[r]; -1: missing.
Field categories(const std::string& name, int values, std::vector<int32_t> codes, Side side = Side::kItem) {
  Field field;
  field.source = "films";
  field.name = name;
  field.side = side;
  field.type = FieldType::kCategory;
  field.num_rows = std::ssize(codes);
  field.codes = at::tensor(codes, at::kInt);
  for (int value = 0; value < values; ++value) {
    field.values.find_or_add(name + std::to_string(value));
  }
  return field;
}

Dataset dataset_of(std::vector<Field> fields) {
  Dataset dataset;
  for (int item = 0; item < 6; ++item) {
    dataset.items.find_or_add("i" + std::to_string(item));
  }
  dataset.fields = std::move(fields);
  return dataset;
}

TEST(ItemCategories, AreThoseThatMostItemsHave) {
  const auto found = item_categories(dataset_of({
      categories("studio", 5, {0, 1, 2, 3, -1, -1}),
      categories("genre", 4, {0, 1, 2, 3, 0, -1}),
      categories("region", 4, {0, 1, 2, 3, 0, 1}, Side::kUser),
  }));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->field, "films.genre");
  EXPECT_EQ(found->of_items.num_rows(), 6);
  EXPECT_EQ(found->of_items.num_cols, 4);
  EXPECT_EQ(found->of_items.row(3)[0], 3);
  EXPECT_TRUE(found->of_items.row(5).empty());
}

TEST(ItemCategories, TakeTheFieldWithFewerValuesAmongEquals) {
  const auto found = item_categories(
      dataset_of({categories("year", 6, {0, 1, 2, 3, 4, 5}), categories("genre", 3, {0, 1, 2, 0, 1, 2})}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->field, "films.genre");
}

TEST(ItemCategories, NeedThreeValuesAndHalfOfTheItems) {
  EXPECT_FALSE(item_categories(dataset_of({categories("color", 2, {0, 1, 0, 1, 0, 1})})));
  EXPECT_FALSE(item_categories(dataset_of({categories("genre", 3, {0, 1, -1, -1, -1, -1})})));
  EXPECT_TRUE(item_categories(dataset_of({categories("genre", 3, {0, 1, 2, -1, -1, -1})})));
  EXPECT_FALSE(item_categories(dataset_of({categories("serial", 201, {0, 1, 2, 3, 4, 5})})));
}

TEST(ItemCategories, TagsCountTags) {
  Field tags = categories("genres", 3, {0, 0, 0, 0, 0, 0});
  tags.type = FieldType::kTags;
  tags.codes = at::Tensor();
  const std::vector<int32_t> rows = {0, 0, 1, 2, 3, 4, 5}, columns = {0, 2, 1, 1, 1, 1, 1};
  tags.bags = csr_from_coordinates(6, 3, rows, columns, std::vector<float>(7, 1), Repeats::kMax);
  const auto found = item_categories(dataset_of({tags}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->of_items.row(0).size(), 2);
}

}  // namespace
}  // namespace haina
