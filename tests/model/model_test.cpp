// A model is saved and loaded with the same scores; damaged files are named.
#include "model/model.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "data/fingerprint.h"
#include "small_model.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

class ModelTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_model_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    dataset_ = small_dataset();
    model_ = small_model(dataset_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  HeldOut test_users() const { return held_out(dataset_, *make_split(dataset_, small_config().split), Stage::kTest); }
  Result<Model> load() const { return load_model(folder_, dataset_, small_config()); }
  // Replaces a value of the manifest's `about`.
  void change_about(const std::string& key, const nlohmann::json& value) const {
    nlohmann::json manifest = *read_json(folder_ / "manifest.json");
    manifest["about"][key] = value;
    ASSERT_TRUE(write_text(folder_ / "manifest.json", manifest.dump()));
  }

  fs::path folder_;
  Dataset dataset_;
  Model model_;
};

// The same users and items in another order have the same numbers of rows: only the fingerprint tells them apart.
TEST_F(ModelTest, AnotherDatasetOfTheSameSizeIsRefusedWithBothFingerprints) {
  const std::string own = fingerprint_of(dataset_);
  model_.about["dataset"] = own;
  ASSERT_TRUE(save_model(model_, folder_));
  ASSERT_TRUE(load()) << to_text(load().error());
  dataset_.users = {};
  for (int32_t u = kSmallUsers - 1; u >= 0; --u) {
    dataset_.users.find_or_add("u" + std::to_string(u));
  }
  const auto refused = load();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadData);
  EXPECT_NE(refused.error().what.find(short_fingerprint(own)), std::string::npos) << refused.error().what;
  EXPECT_NE(refused.error().what.find(short_fingerprint(fingerprint_of(dataset_))), std::string::npos);
  EXPECT_NE(refused.error().hint.find("haina train"), std::string::npos);
}

TEST_F(ModelTest, NamesExpertsInOrderThenTheNetwork) {
  EXPECT_EQ(model_.names(), (std::vector<std::string>{"popularity", "ease", "content.items.tag", kNetworkName}));
  model_.network.reset();
  EXPECT_EQ(model_.names().back(), "content.items.tag");
}

TEST_F(ModelTest, ASavedModelLoadsWithTheSameScores) {
  ASSERT_TRUE(save_model(model_, folder_));
  const auto loaded = load();
  ASSERT_TRUE(loaded) << to_text(loaded.error());
  EXPECT_EQ(loaded->names(), model_.names());
  const HeldOut test = test_users();
  ASSERT_EQ(test.users.size(), static_cast<size_t>(kSmallUsers));
  const auto before = model_.score_each(test.users), after = loaded->score_each(test.users);
  for (size_t m = 0; m < before.size(); ++m) {
    EXPECT_TRUE(at::equal(after[m], before[m])) << model_.names()[m];
  }
  EXPECT_TRUE(at::equal(loaded->score(test.users), model_.score(test.users)));
  EXPECT_EQ(loaded->heads.actions, model_.heads.actions);
  EXPECT_TRUE(at::equal(loaded->heads.weights, model_.heads.weights));
  for (size_t e = 0; e < model_.experts.size(); ++e) {
    EXPECT_EQ(loaded->experts[e].params, model_.experts[e].params);
  }
}

// The blend reads ease and the network; popularity makes a candidate channel; the content expert does neither.
TEST_F(ModelTest, ScoresThatNobodyReadsAreNotComputed) {
  const HeldOut test = test_users();
  const auto all = model_.score_each(test.users), read = model_.score_each(test.users, Model::Which::kRead);
  ASSERT_EQ(read.size(), 4U);
  EXPECT_TRUE(at::equal(read[0], all[0]));
  EXPECT_TRUE(at::equal(read[1], all[1]));
  EXPECT_FALSE(read[2].defined());
  EXPECT_TRUE(at::equal(read[3], all[3]));
  EXPECT_TRUE(at::equal(model_.ranker.score(all, test.users), model_.ranker.score(read, test.users)));
}

TEST_F(ModelTest, AFileOfTheWrongSizeOrAMissingOneIsNamed) {
  for (const char* const name : {"expert-ease.safetensors", "network.safetensors", "ranker.safetensors"}) {
    for (const bool missing : {false, true}) {
      ASSERT_TRUE(save_model(model_, folder_));
      if (missing) {
        fs::remove(folder_ / name);
      } else {
        fs::resize_file(folder_ / name, 40);
      }
      const auto loaded = load();
      ASSERT_FALSE(loaded) << name;
      EXPECT_EQ(loaded.error().code, ErrorCode::kBadData);
      EXPECT_NE(loaded.error().what.find(name), std::string::npos) << to_text(loaded.error());
      EXPECT_FALSE(loaded.error().hint.empty());
    }
  }
}

// As large as before, so that only its content tells.
TEST_F(ModelTest, AFileWithDamagedContentIsNamed) {
  for (const char* const name : {"expert-ease.safetensors", "network.safetensors", "ranker.safetensors"}) {
    ASSERT_TRUE(save_model(model_, folder_));
    std::fstream file(folder_ / name, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(8);  // behind the header's length
    file << "XXXXXXXX";
    file.close();
    const auto loaded = load();
    ASSERT_FALSE(loaded) << name;
    EXPECT_EQ(loaded.error().code, ErrorCode::kBadData);
    EXPECT_NE(to_text(loaded.error()).find(name), std::string::npos) << to_text(loaded.error());
  }
}

TEST_F(ModelTest, ADamagedManifestIsNamed) {
  const nlohmann::json damaged = {
      {"experts", {1, 2}}, {"ranker", {{"models", 3}}}, {"heads", {{"actions", 7}}}, {"network", "none"}};
  for (const auto& [key, value] : damaged.items()) {
    ASSERT_TRUE(save_model(model_, folder_));
    change_about(key, value);
    const auto loaded = load();
    ASSERT_FALSE(loaded) << key;
    EXPECT_EQ(loaded.error().code, ErrorCode::kBadData) << key;
    EXPECT_NE(loaded.error().at.find(folder_.string()), std::string::npos) << to_text(loaded.error());
  }
  ASSERT_TRUE(write_text(folder_ / "manifest.json", "{\"schema\": "));
  const auto loaded = load();
  ASSERT_FALSE(loaded);
  EXPECT_NE(to_text(loaded.error()).find("manifest.json"), std::string::npos);
}

TEST_F(ModelTest, AModelOfAnotherDatasetIsRefused) {
  ASSERT_TRUE(save_model(model_, folder_));
  dataset_.items.find_or_add("one more");
  const auto loaded = load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kBadData);
  EXPECT_NE(loaded.error().what.find("another prepared dataset"), std::string::npos);
}

TEST_F(ModelTest, ScanFieldsLeavesOutExcludedSources) {
  const Split split = *make_split(dataset_, small_config().split);
  EXPECT_EQ(scan_fields(dataset_, split, Stage::kTest, {}).fields.size(), 1U);
  EXPECT_TRUE(scan_fields(dataset_, split, Stage::kTest, {"items"}).fields.empty());
}

}  // namespace
}  // namespace haina
