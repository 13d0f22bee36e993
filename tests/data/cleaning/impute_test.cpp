#include "data/cleaning/impute.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace haina {
namespace {

Dataset four_items() {
  Dataset dataset;
  for (const char* const id : {"w", "x", "y", "z"}) {
    dataset.items.find_or_add(id);
  }
  const auto add = [&](const char* name, FieldType type) -> Field& {
    Field& field = dataset.fields.emplace_back();
    field.source = "movies";
    field.name = name;
    field.type = type;
    field.num_rows = 4;
    return field;
  };
  add("year", FieldType::kNumber).numbers = at::tensor({1.0F, std::nanf(""), 2.0F, 9.0F});
  Field& colour = add("colour", FieldType::kCategory);
  colour.codes = at::tensor({1, -1, 1, 0}, at::kInt);
  colour.values.find_or_add("red");
  colour.values.find_or_add("blue");
  Field& genres = add("genres", FieldType::kTags);
  genres.values.find_or_add("war");
  genres.bags = csr_from_coordinates(4, 1, std::vector<int32_t>{0, 3}, std::vector<int32_t>{0, 0},
                                     std::vector<float>{1, 1}, Repeats::kMax);
  add("plot", FieldType::kText).texts = {"a", "", "", "b"};
  return dataset;
}

struct Filled {
  Dataset dataset = four_items();
  QualityReport quality;
  Status status;
  explicit Filled(const std::vector<std::pair<std::string, std::string>>& rules) {
    CleanConfig clean;
    clean.impute.insert(rules.begin(), rules.end());
    clean.place = "haina.toml:3:1";
    status = impute(clean, dataset, quality);
  }
};

Filled filled_with(const std::string& field, const std::string& rule) {
  return Filled(std::vector{std::pair(field, rule)});
}

TEST(Impute, FillsMissingValuesOnly) {
  const std::vector<std::pair<std::string, std::string>> rules = {
      {"movies.year", "median"}, {"movies.colour", "mode"}, {"movies.genres", "unknown"}, {"movies.plot", "no plot"}};
  const Filled filled(rules);
  ASSERT_TRUE(filled.status) << to_text(filled.status.error());
  const std::vector<Field>& fields = filled.dataset.fields;
  EXPECT_TRUE(at::equal(fields[0].numbers, at::tensor({1.0F, 2.0F, 2.0F, 9.0F})));
  EXPECT_TRUE(at::equal(fields[1].codes, at::tensor({1, 1, 1, 0}, at::kInt)));
  EXPECT_EQ(fields[2].values.size(), 2);
  EXPECT_TRUE(at::equal(fields[2].bags.columns, at::tensor({0, 1, 1, 0}, at::kInt)));
  EXPECT_EQ(fields[3].texts, (std::vector<std::string>{"a", "no plot", "no plot", "b"}));
  int64_t counted = 0;
  for (const QualityRule& rule : filled.quality.rules) {
    counted += rule.count;
  }
  EXPECT_EQ(counted, 1 + 1 + 2 + 2);
}

TEST(Impute, MeanModeAndAValueOfNumbers) {
  EXPECT_FLOAT_EQ(filled_with("movies.year", "mean").dataset.fields[0].numbers[1].item<float>(), 4.0F);
  EXPECT_FLOAT_EQ(filled_with("movies.year", "-3.5").dataset.fields[0].numbers[1].item<float>(), -3.5F);
  EXPECT_FLOAT_EQ(filled_with("movies.year", "mode").dataset.fields[0].numbers[1].item<float>(),
                  1.0F);  // of equally frequent ones the smallest
  const Filled green = filled_with("movies.colour", "green");
  EXPECT_EQ(green.dataset.fields[1].values.name(green.dataset.fields[1].codes[1].item<int>()), "green");
}

TEST(Impute, ARuleThatDoesNotFitIsAnErrorWithAHint) {
  for (const auto& [field, rule] : std::map<std::string, std::string>{{"movies.yaer", "median"},
                                                                      {"movies.year", "unknown"},
                                                                      {"movies.colour", "median"},
                                                                      {"movies.genres", "mode"},
                                                                      {"movies.plot", "mean"}}) {
    const Filled filled = filled_with(field, rule);
    ASSERT_FALSE(filled.status) << field;
    EXPECT_EQ(filled.status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(filled.status.error().at, "haina.toml:3:1");
    EXPECT_FALSE(filled.status.error().hint.empty());
  }
}

}  // namespace
}  // namespace haina
