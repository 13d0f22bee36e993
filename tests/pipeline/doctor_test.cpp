// What haina doctor says of a project, a user and an item.
#include "pipeline/doctor.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/files.h"
#include "base/seed.h"
#include "made_clicks.h"
#include "model/versions.h"
#include "pipeline/prepare.h"
#include "pipeline/run_train.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

// 60 users of three tastes and 60 items. Item i60 has no event, the colour is known of two items, and a rule leaves out
// what is old.
class Doctor : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = fs::temp_directory_path() / ("haina_doctor_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    RandomStream random(5, "doctor_test");
    write_clicks(folder_ / "clicks.csv", 60, 8, [&](int u, int) { return (u % 3) + 3 * random.below(20); });
    std::ofstream(folder_ / "clicks.csv", std::ios::app) << "novice,i4,1700000000\n";
    std::ofstream items(folder_ / "items.csv");
    items << "item,title,taste,colour,age\n";
    for (int i = 0; i <= 60; ++i) {
      items << "i" << i << ",Thing " << i << ",t" << i % 3 << "," << (i < 2 ? "red" : "") << ","
            << (i == 5 ? "old" : "new") << "\n";
    }
    items.close();
    ASSERT_TRUE(write_text(folder_ / "haina.toml", R"(
[project]
name = "doctor"
[[source]]
name = "clicks"
kind = "events"
path = "clicks.csv"
columns = { user = "user", item = "item", time = "time" }
[[source]]
name = "items"
kind = "items"
path = "items.csv"
columns = { item = "item", title = "text", taste = "category", colour = "category", age = "category" }
[train]
network = "none"
[train.experts.popularity]
[train.experts.ease]
[[rule]]
name = "no_old"
do = "filter"
field = "items.age"
is = ["old"]
)"));
    config_ = load_config(folder_ / "haina.toml").value();
    Result<Dataset> dataset = run_prepare(*config_, {});
    ASSERT_TRUE(dataset) << to_text(dataset.error());
    dataset_ = std::move(*dataset);
    const auto trained = run_train(*dataset_, *config_, {});
    ASSERT_TRUE(trained) << to_text(trained.error());
    Result<Loaded> loaded = load_version(*config_, *current_version(*config_));
    ASSERT_TRUE(loaded) << to_text(loaded.error());
    model_ = std::move(loaded->model);
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  // The first finding whose text has these words; nothing if there is none.
  static std::optional<Finding> with(const Result<std::vector<Finding>>& findings, const std::string& words) {
    EXPECT_TRUE(findings) << to_text(findings.error());
    const auto found = std::ranges::find_if(
        *findings, [&](const Finding& finding) { return finding.text.find(words) != std::string::npos; });
    return found == findings->end() ? std::nullopt : std::optional(*found);
  }

  static inline fs::path folder_;
  static inline std::optional<Config> config_;
  static inline std::optional<Dataset> dataset_;
  static inline std::optional<Model> model_;
};

TEST_F(Doctor, OfTheProjectNamesWhatIsMissingAndWhatIsFine) {
  const auto findings = examine_project(*config_, *dataset_, *model_);
  const auto colour = with(findings, "items.colour is missing");
  ASSERT_TRUE(colour);
  EXPECT_EQ(colour->level, FindingLevel::kProblem);
  EXPECT_NE(colour->text.find("96.7 %"), std::string::npos) << colour->text;  // 59 of 61 items
  EXPECT_FALSE(with(findings, "items.taste"));
  const auto goal = with(findings, "what lists are made for");
  ASSERT_TRUE(goal);
  EXPECT_EQ(goal->level, FindingLevel::kFine);
  const auto alike = with(findings, "the same list of 10");
  ASSERT_TRUE(alike);
  EXPECT_EQ(alike->level, FindingLevel::kFine) << alike->text;
  EXPECT_TRUE(std::ranges::is_sorted(*findings, [](const Finding& a, const Finding& b) { return a.level > b.level; }));
  EXPECT_FALSE(with(findings, "files have changed"));
  std::ofstream(folder_ / "clicks.csv", std::ios::app) << "late,i4,1700000001\n";
  EXPECT_TRUE(with(examine_project(*config_, *dataset_, *model_), "files have changed"));
}

TEST_F(Doctor, OfAUserSaysWhyTheListIsPopular) {
  const auto known = examine_user("u1", *config_, *dataset_, *model_);
  EXPECT_EQ(with(known, "events of the goal")->level, FindingLevel::kFine);
  const auto novice = examine_user("novice", *config_, *dataset_, *model_);
  EXPECT_EQ(with(novice, "1 events of the goal, 0 others")->level, FindingLevel::kProblem);
  const auto unknown = examine_user("u999", *config_, *dataset_, *model_);
  ASSERT_TRUE(with(unknown, "no user 'u999'"));
  EXPECT_NE(with(unknown, "no user 'u999'")->hint.find("did you mean"), std::string::npos);
  EXPECT_TRUE(with(unknown, "10 of 10 items are also on a newcomer's list"));
}

TEST_F(Doctor, OfAnItemSaysWhyItIsNeverListed) {
  const auto filtered = examine_item("i5", *config_, *dataset_, *model_);
  ASSERT_TRUE(with(filtered, "rule 'no_old'"));
  EXPECT_EQ(with(filtered, "rule 'no_old'")->level, FindingLevel::kProblem);
  EXPECT_TRUE(with(filtered, "on 0 of"));
  const auto without = examine_item("i60", *config_, *dataset_, *model_);
  EXPECT_TRUE(with(without, "0 events, 0 of them of the goal"));
  const auto listed = examine_item("i4", *config_, *dataset_, *model_);
  EXPECT_FALSE(with(listed, "keeps it out"));
  const auto missing = examine_item("i999", *config_, *dataset_, *model_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
}

TEST_F(Doctor, JsonHasEveryFinding) {
  const auto findings = examine_user("u1", *config_, *dataset_, *model_);
  const nlohmann::json document = to_json(*findings);
  EXPECT_EQ(document.at("schema"), "haina.doctor/1");
  ASSERT_EQ(document.at("findings").size(), findings->size());
  EXPECT_EQ(document.at("findings")[0].at("text"), (*findings)[0].text);
}

}  // namespace
}  // namespace haina
