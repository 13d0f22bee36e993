#include "data/rows/normal_names.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace haina {
namespace {

using Names = std::vector<std::string>;

Vocabulary vocabulary(const Names& names) {
  Vocabulary result;
  for (const std::string& name : names) {
    result.find_or_add(name);
  }
  return result;
}

const ColumnConfig kItem = {.column = "item", .role = "item", .type = "", .separator = "", .place = ""};
const ColumnConfig kCategory = {.column = "c", .role = "", .type = "category", .separator = "", .place = ""};

TEST(NormalNames, CleanOnesStayAsTheyAre) {
  EXPECT_FALSE(normalize_names(vocabulary({"1", "a b", "NULL", "1.5", "007"}), kItem));
  EXPECT_FALSE(normalize_names(vocabulary({"red", "0.0", "NA", "DE", "FR", "IT"}), kCategory));
}

TEST(NormalNames, BlanksAndZeroDecimals) {
  const auto ids = normalize_names(vocabulary({"196.0", "7", " 196 ", "3.00", "x"}), kItem);
  ASSERT_TRUE(ids);
  EXPECT_EQ(ids->names.to_strings(), (Names{"196", "7", "3", "x"}));
  EXPECT_EQ(ids->code_of, (std::vector<int32_t>{0, 1, 0, 2, 3}));
  EXPECT_FALSE(normalize_names(vocabulary({"1.0", "1.5"}), kItem)) << "versions, not whole numbers";
}

TEST(NormalNames, WordsForMissingValues) {
  const auto cities = normalize_names(vocabulary({"Rome", "NULL", "Oslo", "NA", "-"}), kCategory);
  ASSERT_TRUE(cities);
  EXPECT_EQ(cities->code_of, (std::vector<int32_t>{0, -1, 1, -1, -1}));
}

}  // namespace
}  // namespace haina
