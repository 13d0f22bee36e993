// What an evaluation leaves out in turn, and together.
#include "pipeline/ablation.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace haina {
namespace {

Field field_of(const std::string& source, const std::string& name, Side side) {
  Field field;
  field.source = source;
  field.name = name;
  field.side = side;
  field.type = FieldType::kCategory;
  return field;
}

Dataset dataset_with(std::vector<Field> fields) {
  Dataset dataset;
  dataset.fields = std::move(fields);
  dataset.events.goal = at::ones({0}, at::kBool);
  dataset.events.action = at::zeros({0}, at::kByte);
  return dataset;
}

std::vector<std::string> names_of_cases(const Dataset& dataset, const std::vector<std::string>& exclude = {}) {
  TrainConfig config;
  config.exclude = exclude;
  std::vector<std::string> names;
  for (const LeftOut& one : ablation_cases(dataset, config)) {
    names.push_back(one.name);
    EXPECT_FALSE(one.names.empty()) << one.name;
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(AblationCases, SourcesThatDescribeTheSameAreAlsoLeftOutTogether) {
  const Dataset dataset = dataset_with({field_of("films", "genre", Side::kItem), field_of("posters", "x", Side::kItem),
                                        field_of("films", "year", Side::kItem), field_of("people", "age", Side::kUser),
                                        field_of("friends", "friend", Side::kUser)});
  EXPECT_EQ(names_of_cases(dataset),
            (Names{"films", "friends", "people", "posters", "all content of items", "all content of users"}));
  const auto cases = ablation_cases(dataset, {});
  EXPECT_EQ(cases[4].names, (Names{"films", "posters"}));
  EXPECT_EQ(cases[5].names, (Names{"friends", "people"}));
}

TEST(AblationCases, OneSourceAloneHasOneRow) {
  const Dataset dataset = dataset_with({field_of("films", "genre", Side::kItem), field_of("films", "year", Side::kItem),
                                        field_of("people", "age", Side::kUser)});
  EXPECT_EQ(names_of_cases(dataset), (Names{"films", "people"}));
}

TEST(AblationCases, WhatIsSwitchedOffIsNotLeftOutAgain) {
  const Dataset dataset =
      dataset_with({field_of("a", "x", Side::kItem), field_of("b", "x", Side::kItem), field_of("c", "x", Side::kItem)});
  EXPECT_EQ(names_of_cases(dataset, {"a"}), (Names{"b", "c", "all content of items"}));
  EXPECT_EQ(names_of_cases(dataset, {"a", "b"}), Names{"c"});
}

TEST(AblationCases, ASourceOfBothSidesIsLeftOutOnce) {
  const Dataset dataset = dataset_with({field_of("a", "x", Side::kItem), field_of("a", "y", Side::kUser),
                                        field_of("b", "x", Side::kItem), field_of("b", "y", Side::kUser)});
  EXPECT_EQ(names_of_cases(dataset), (Names{"a", "b", "all content of items"}));
}

}  // namespace
}  // namespace haina
