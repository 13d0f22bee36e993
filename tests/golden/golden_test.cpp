// The golden model of every release loads and gives the lists it gave when it was made.
#include "golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"

namespace haina {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Relative to the largest score of a list. Other CPUs sum in another order; a wrong model is off by far more.
constexpr double kTolerance = 1e-4;

std::vector<std::string> releases() {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(HAINA_SOURCE_DIR) / "tests" / "golden")) {
    if (entry.is_directory()) {
      names.push_back(entry.path().filename().string());
    }
  }
  std::ranges::sort(names);
  return names;
}

class Golden : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const fs::path folder = fs::path(HAINA_SOURCE_DIR) / "tests" / "golden" / GetParam();
    auto dataset = load_dataset(golden_dataset(folder));
    ASSERT_TRUE(dataset) << to_text(dataset.error());
    auto model = load_model(golden_model(folder), *dataset, golden_config());
    ASSERT_TRUE(model) << to_text(model.error());
    const auto lists = read_json(golden_lists(folder));
    ASSERT_TRUE(lists) << to_text(lists.error());
    dataset_ = std::move(*dataset);
    model_ = std::move(*model);
    expected_ = *lists;
  }

  Dataset dataset_;
  Model model_;
  json expected_;
};

void expect_close(const std::vector<float>& actual, const std::vector<float>& expected, const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  float largest = 0;
  for (const float value : expected) {
    largest = std::max(largest, std::abs(value));
  }
  for (size_t r = 0; r < expected.size(); ++r) {
    EXPECT_NEAR(actual[r], expected[r], kTolerance * static_cast<double>(largest)) << what << ", place " << r;
  }
}

// Items of equal scores may swap places: the scores by place and the scores of the expected items must be the same.
TEST_P(Golden, GivesTheSameListsAndScores) {
  const auto users = golden_users(dataset_);
  ASSERT_TRUE(users) << to_text(users.error());
  ASSERT_EQ(users->size(), static_cast<size_t>(kGoldenUsers));
  ASSERT_EQ(expected_.size(), users->size());
  for (size_t u = 0; u < users->size(); ++u) {
    const std::string user = expected_[u].at("user");
    const std::vector<std::string> items = expected_[u].at("items");
    const json& scores = expected_[u].at("scores");
    EXPECT_EQ(dataset_.users.name(users->at(u).user), user);
    ASSERT_EQ(items.size(), static_cast<size_t>(kGoldenLength));
    expect_close(list_of(dataset_, model_, users->at(u)).scores, scores.at("haina"), user + ", best of all");
    const json actual = scores_of(dataset_, model_, users->at(u), items);
    for (const auto& [name, expected] : scores.items()) {
      ASSERT_TRUE(actual.contains(name)) << name;
      expect_close(actual.at(name), expected, user + ", " + name);
    }
  }
}

// So that a change of any file format is noticed.
TEST_P(Golden, HoldsANetworkHeadsAndManyExperts) {
  EXPECT_TRUE(model_.network.has_value());
  EXPECT_EQ(model_.heads.actions.size(), 2U);
  EXPECT_GE(model_.experts.size(), 12U);
  for (const std::string& name : model_.names()) {
    EXPECT_TRUE(expected_[0].at("scores").contains(name)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Releases, Golden, testing::ValuesIn(releases()), [](const auto& info) {
  std::string name = "v" + info.param;
  std::ranges::replace_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace haina
