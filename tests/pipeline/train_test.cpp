// Training as `haina train` does it: which experts are fitted, with which settings and weights, and what is reported.
#include "pipeline/train.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/files.h"
#include "base/seed.h"
#include "evaluation/document.h"
#include "made_clicks.h"
#include "pipeline/evaluate.h"
#include "pipeline/init.h"
#include "pipeline/prepare.h"
#include "pipeline/run_train.h"

namespace haina {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Clicks of 60 users on 60 items, which have two sources of features.
class Train : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_train_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_ / "exports");
    RandomStream random(11, "tune_test");
    write_clicks(folder_ / "exports" / "clicks.csv", 60, 12,
                 [&](int user, int) { return (user % 3) + 3 * random.below(20); });
    std::ofstream items(folder_ / "exports" / "items.csv");
    items << "item_id,genres,mood/tone\n";
    const char* const genres[] = {"space|war", "love|drama", "comedy|farce"};
    const char* const moods[] = {"dark|slow", "bright|loud"};
    for (int i = 0; i < 60; ++i) {
      items << "i" << i << "," << genres[i % 3] << "," << moods[i % 2] << "\n";
    }
  }
  void TearDown() override { fs::remove_all(folder_); }

  Result<Config> ready() const {
    HAINA_TRY(const InitReport report, run_init(folder_ / "exports", folder_ / "haina.toml", Overwrite::kNo));
    HAINA_TRY(Config config, load_config(folder_));
    config.train.network = NetworkChoice::kNone;
    config.train.experts = {{"ease", json::object()}, {"content", json::object()}};
    return config;
  }

  fs::path folder_;
};

TEST_F(Train, WithATinyBudgetTheFirstTrialsAreReported) {
  auto config = ready();
  ASSERT_TRUE(config) << to_text(config.error());
  config->train.budget_seconds = 0.001;
  config->train.metric = "recall@20";
  const auto dataset = run_prepare(*config, {});
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  const auto folder = run_train(*dataset, *config, {});
  ASSERT_TRUE(folder) << to_text(folder.error());
  const auto model = load_model(*folder, *dataset, *config);
  ASSERT_TRUE(model) << to_text(model.error());
  EXPECT_EQ(model->about.at("metric"), "recall@20");
  ASSERT_FALSE(model->about.at("trials").empty());
  for (const json& trial : model->about.at("trials")) {
    EXPECT_TRUE(trial.at("kept").get<bool>()) << "with no time for more, each expert has one trial";
  }
  EXPECT_FALSE(fs::exists(folder_ / "checkpoint-trials.json"));

  // The evaluation judges by that metric, whatever the configuration has become and whatever lengths are asked for.
  config->train.metric = "ndcg@10";
  const auto document = run_evaluate(*dataset, *config, *model, {.ks = {10}, .ablation = AblationMode::kNone});
  ASSERT_TRUE(document) << to_text(document.error());
  EXPECT_EQ(main_metric(*document), "recall@20");
  EXPECT_EQ(document->at("differences").at(0).at("metric"), "recall@20");
}

// Judged on a tenth of the validation users, whose held-out clicks the refitted models do not know.
TEST_F(Train, WithEnoughUsersTheRankerIsJudgedOnTheRefittedModels) {
  RandomStream random(12, "train_test");
  write_clicks(folder_ / "exports" / "clicks.csv", 1200, 12,
               [&](int user, int) { return (user % 3) + 3 * random.below(20); });
  auto config = ready();
  ASSERT_TRUE(config) << to_text(config.error());
  config->train.budget_seconds = 0.001;
  const auto dataset = run_prepare(*config, {});
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  for (const bool refit : {true, false}) {
    const auto folder = run_train(*dataset, *config, {.refit = refit});
    ASSERT_TRUE(folder) << to_text(folder.error());
    const auto model = load_model(*folder, *dataset, *config);
    ASSERT_TRUE(model) << to_text(model.error());
    const json& about = model->about;
    EXPECT_NE(std::ranges::find(model->ranker.models, about.at("best_model").get<std::string>()),
              model->ranker.models.end());
    if (!refit) {
      EXPECT_TRUE(about.at("refit_check").is_null()) << "the ranker serves with the models that it was fitted on";
      continue;
    }
    const json& check = about.at("refit_check");
    EXPECT_EQ(check.at("users").get<int64_t>(), about.at("validation_users").get<int64_t>() / 10);
    EXPECT_EQ(check.at("best_model"), about.at("best_model"));
    ASSERT_FALSE(check.at("forms").empty());
    EXPECT_TRUE(check.at("forms").back().at("taken").get<bool>());
    EXPECT_EQ(check.at("forms").back().at("form"), model->ranker.blender.name);
  }
}

// One item of eleven is found by chance far more often than one of sixty.
TEST_F(Train, SampledCandidatesRaiseEveryTrialAndTheRankerRecordsThem) {
  auto config = ready();
  ASSERT_TRUE(config) << to_text(config.error());
  const auto dataset = run_prepare(*config, {});
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  const Split split = *make_split(*dataset, config->split);
  const auto all = train_model(*dataset, *config, split, {});
  config->train.num_candidates = 10;
  const auto few = train_model(*dataset, *config, split, {});
  ASSERT_TRUE(all && few);
  const json &whole = all->about.at("trials"), &drawn = few->about.at("trials");
  ASSERT_EQ(whole.size(), drawn.size());
  for (size_t t = 0; t < whole.size(); ++t) {
    EXPECT_GT(drawn[t].at("value").get<double>(), whole[t].at("value").get<double>()) << whole[t].dump();
  }
  EXPECT_FALSE(all->ranker.network_scores_all);
  EXPECT_TRUE(few->ranker.network_scores_all);
}

TEST_F(Train, InvalidSettingsNamePlaceAndHint) {
  ASSERT_TRUE(ready());
  const auto sound = read_text(folder_ / "haina.toml");
  ASSERT_TRUE(sound);
  for (const auto& [line, what, hint] :
       {std::tuple{"device = \"cuba\"", "cannot be 'cuba'", "cuda"}, std::tuple{"among = -1", "cannot be -1", "0"}}) {
    std::ofstream(folder_ / "haina.toml") << *sound << "\n[train]\n" << line << "\n";
    const auto config = load_config(folder_);
    ASSERT_FALSE(config) << line;
    EXPECT_NE(config.error().what.find(what), std::string::npos) << config.error().what;
    EXPECT_NE(config.error().at.find("haina.toml:"), std::string::npos);
    EXPECT_NE(config.error().hint.find(hint), std::string::npos) << config.error().hint;
  }
}

// Where validation is unlike the test, each evidence group is weighted by the number of its sources: events 1, each
// item source 1, the expert on all item sources their number, and models that read everything all of them. EASE reads
// only events while its side_weight is 0.
TEST_F(Train, EvidenceGroupsWeighTheSourcesThatTheirModelsRead) {
  auto config = ready();
  ASSERT_TRUE(config) << to_text(config.error());
  const auto dataset = run_prepare(*config, {});
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  const Split split = *make_split(*dataset, config->split);
  config->split.by = SplitBy::kFiles;
  config->split.validation_by = ValidationBy::kLatest;
  config->train.network = NetworkChoice::kNone;
  config->train.experts.clear();
  const auto weights_with = [&](double side_weight) {
    config->train.experts["popularity"] = json::object();
    config->train.experts["item_knn"] = {{"shrink", 5}};
    config->train.experts["ials"] = {{"factors", 8}};
    config->train.experts["ease"] = {{"side_weight", side_weight}};
    const auto model = train_model(*dataset, *config, split, {});
    EXPECT_TRUE(model) << (model ? "" : to_text(model.error()));
    std::map<std::string, float> weights;
    for (size_t m = 0; m < model->ranker.models.size(); ++m) {
      weights[model->ranker.models[m]] = model->ranker.blender.weights[static_cast<int64_t>(m)].item<float>();
    }
    return weights;
  };
  std::map<std::string, float> expected = {{"popularity", 0}, {"item_knn", 0.5}, {"ease", 0.5}, {"ials", 1}};
  EXPECT_EQ(weights_with(0), expected) << "no model reads an item source alone";
  config->train.experts["content"] = json::object();
  expected = {{"popularity", 0},
              {"item_knn", 0.5},
              {"ease", 0.5},
              {"ials", 3},
              {"content", 2},
              {"content.items.genres", 1},
              {"content.items.mood/tone", 1}};
  EXPECT_EQ(weights_with(0), expected);
  expected["item_knn"] = 1;
  expected["ease"] = expected["ials"] = 1.5;
  EXPECT_EQ(weights_with(10), expected);
}

TEST_F(Train, EachItemSourceHasAnExpertOfItsOwnThatLoadsAgain) {
  const auto config = ready();
  ASSERT_TRUE(config) << to_text(config.error());
  const auto dataset = run_prepare(*config, {});
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  const Split split = *make_split(*dataset, config->split);
  const auto trained = train_model(*dataset, *config, split, {});
  ASSERT_TRUE(trained) << to_text(trained.error());
  const std::vector<std::string> names = trained->names();
  for (const char* const name : {"ease", "content", "content.items.genres", "content.items.mood/tone"}) {
    EXPECT_EQ(std::ranges::count(names, name), 1) << name;
  }
  ASSERT_TRUE(save_model(*trained, folder_ / "model"));
  const auto loaded = load_model(folder_ / "model", *dataset, *config);
  ASSERT_TRUE(loaded) << to_text(loaded.error());
  EXPECT_EQ(loaded->names(), names);
  const HeldOut test = held_out(*dataset, split, Stage::kTest);
  EXPECT_TRUE(at::equal(loaded->score(test.users), trained->score(test.users)));

  Config one_source = *config;
  one_source.train.experts = {{"content.items.genres", json::object()}};
  const auto alone = train_model(*dataset, one_source, split, {});
  ASSERT_TRUE(alone) << to_text(alone.error());
  EXPECT_EQ(alone->names(), (std::vector<std::string>{"content.items.genres"}));

  one_source.train.experts = {{"content.items.genre", json::object()}};
  const auto mistyped = train_model(*dataset, one_source, split, {});
  ASSERT_FALSE(mistyped);
  EXPECT_EQ(mistyped.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(mistyped.error().hint.find("did you mean 'content.items.genres'"), std::string::npos);
}

}  // namespace
}  // namespace haina
