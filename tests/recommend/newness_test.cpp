#include "recommend/newness.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace haina {
namespace {

Dataset three_items(const std::string& name, FieldType type, const std::vector<std::vector<std::string>>& cells) {
  Dataset dataset;
  for (const char* const id : {"a", "b", "c"}) {
    dataset.items.find_or_add(id);
  }
  dataset.fields.push_back(field_of_cells("items." + name, Side::kItem, type, cells));
  return dataset;
}

TEST(Newness, ALaterDateIsNewerAndAnUnknownOneIsOldest) {
  const Dataset dataset = three_items("published_at", FieldType::kDate, {{"2024-05-01"}, {}, {"2023-01-31"}});
  EXPECT_TRUE(at::equal(item_newness(Catalog(dataset)), at::tensor({.5F, 0.F, 0.F})));
}

TEST(Newness, YearsCountWhereNoDateSaysWhenAnItemBegan) {
  Dataset dataset = three_items("release_year", FieldType::kNumber, {{"1999"}, {"2024"}, {"1950"}});
  dataset.fields.push_back(field_of_cells("items.end_date", Side::kItem, FieldType::kDate,
                                          {{"2030-01-01"}, {"2031-01-01"}, {"2032-01-01"}}));
  const at::Tensor newness = item_newness(Catalog(dataset));
  EXPECT_GT(newness[1].item<float>(), newness[0].item<float>());
  EXPECT_GT(newness[0].item<float>(), newness[2].item<float>());
}

TEST(Newness, HiddenItemsCountForNothing) {
  const Dataset dataset = three_items("release_year", FieldType::kNumber, {{"1999"}, {"2024"}, {"1950"}});
  at::Tensor hidden = at::zeros({3}, at::kBool);
  hidden[2] = true;
  const at::Tensor newness = item_newness(Catalog(dataset), hidden);
  EXPECT_TRUE(at::equal(newness, at::tensor({0.F, .5F, 0.F})));
}

TEST(Newness, WithoutSuchAFieldAllAreAlike) {
  const Dataset dataset = three_items("price", FieldType::kNumber, {{"1"}, {"2"}, {"3"}});
  EXPECT_TRUE(at::equal(item_newness(Catalog(dataset)), at::zeros({3})));
}

}  // namespace
}  // namespace haina
