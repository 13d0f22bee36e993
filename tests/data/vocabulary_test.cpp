#include "data/vocabulary.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace haina {
namespace {

Vocabulary three_names() {
  Vocabulary names;
  for (const char* const name : {"b", "", "ü"}) {
    names.find_or_add(name);
  }
  return names;
}

TEST(Vocabulary, NumbersNamesInOrderOfFirstAppearance) {
  Vocabulary names = three_names();
  EXPECT_EQ(names.size(), 3);
  EXPECT_EQ(names.find_or_add("b"), 0);
  EXPECT_EQ(names.find_or_add("new"), 3);
  EXPECT_EQ(names.name(2), "ü");
  EXPECT_EQ(names.find(""), 1);
  EXPECT_EQ(names.find("B"), std::nullopt);
  EXPECT_EQ(names.to_strings(), (std::vector<std::string>{"b", "", "ü", "new"}));
}

TEST(Vocabulary, ViewsStayValidWhileItGrowsAndAfterAMove) {
  Vocabulary names;
  names.find_or_add("a");  // short names are stored inside the string: a moved string would move them
  const std::string_view view = names.name(0);
  for (int i = 0; i < 10'000; ++i) {
    names.find_or_add(std::to_string(i));
  }
  EXPECT_EQ(view.data(), names.name(0).data());
  const Vocabulary moved = std::move(names);
  EXPECT_EQ(view.data(), moved.name(0).data());
  EXPECT_EQ(moved.find("9999"), 10'000);
}

TEST(Vocabulary, ACopyIsIndependent) {
  Vocabulary names = three_names();
  Vocabulary copy = names;
  copy.find_or_add("only here");
  EXPECT_EQ(names.find("only here"), std::nullopt);
  EXPECT_EQ(copy.find("ü"), 2);
  EXPECT_NE(copy.name(0).data(), names.name(0).data());
  copy = names;
  EXPECT_EQ(copy.size(), 3);
  copy = *&copy;
  EXPECT_EQ(copy.to_strings(), names.to_strings());
}

TEST(Vocabulary, ComesBackFromTensorsAndFromArrow) {
  for (const Vocabulary& names : {three_names(), Vocabulary()}) {
    TensorMap tensors;
    names.pack("ids", tensors);
    const auto unpacked = Vocabulary::unpack("ids", tensors, "file");
    ASSERT_TRUE(unpacked) << to_text(unpacked.error());
    EXPECT_EQ(unpacked->to_strings(), names.to_strings());
    EXPECT_EQ(Vocabulary::from_arrow(*names.to_arrow()).to_strings(), names.to_strings());
  }
}

TEST(Vocabulary, DamagedTensorsAreRefused) {
  for (const int64_t end : {int64_t{-1}, int64_t{99}}) {
    TensorMap tensors;
    three_names().pack("ids", tensors);
    tensors["ids.ends"][1] = end;
    const auto unpacked = Vocabulary::unpack("ids", tensors, "file");
    ASSERT_FALSE(unpacked);
    EXPECT_EQ(unpacked.error().code, ErrorCode::kBadData);
    EXPECT_EQ(unpacked.error().at, "file");
    EXPECT_FALSE(unpacked.error().hint.empty());
  }
  EXPECT_FALSE(Vocabulary::unpack("ids", {}, "file"));
}

}  // namespace
}  // namespace haina
