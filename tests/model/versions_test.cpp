// Which version is in use, and the way back.
#include "model/versions.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/files.h"
#include "model/version_pointer.h"
#include "small_model.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFirst = "20260101T000000";
constexpr const char* kSecond = "20260102T000000";
constexpr const char* kThird = "20260103T000000";

class Versions : public testing::Test {
 protected:
  void SetUp() override {
    config_ = small_config();
    config_.folder = fs::temp_directory_path() / ("haina_versions_" + std::to_string(::getpid()) + "_" +
                                                  testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(config_.folder);
    dataset_ = small_dataset();
    ASSERT_TRUE(save_dataset(dataset_, config_.prepared_folder()));
  }
  void TearDown() override { fs::remove_all(config_.folder); }

  // Saves a version that differs from others by the second weight of its blend.
  void save(const std::string& name, float weight) const {
    Model model = small_model(dataset_, WithNetwork::kNo);
    model.ranker.blender.weights[1] = weight;
    ASSERT_TRUE(save_model(model, config_.models_folder() / name));
  }
  void save_three() const {
    save(kFirst, 1);
    save(kSecond, 2);
    save(kThird, 3);
  }

  Config config_;
  Dataset dataset_;
};

TEST_F(Versions, WithoutAModelTheHintSaysHowToTrainOne) {
  const auto none = current_version(config_);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  EXPECT_NE(none.error().hint.find("haina train"), std::string::npos);
  EXPECT_TRUE(list_versions(config_)->empty());
}

TEST_F(Versions, TheNewestIsInUseUntilOneIsChosen) {
  save_three();
  EXPECT_EQ(*current_version(config_), kThird);
  ASSERT_TRUE(use_version(config_, kFirst));
  EXPECT_EQ(*current_version(config_), kFirst);
  const auto versions = list_versions(config_);
  ASSERT_TRUE(versions);
  ASSERT_EQ(versions->size(), 3U);
  EXPECT_EQ(versions->at(0).name, kThird);
  EXPECT_FALSE(versions->at(0).current);
  EXPECT_TRUE(versions->at(2).current);
  EXPECT_EQ(versions->at(2).about.at("users"), kSmallUsers);
}

TEST_F(Versions, RollBackReturnsThroughTheVersionsUsedBefore) {
  save_three();
  for (const char* const name : {kFirst, kSecond, kThird}) {
    ASSERT_TRUE(use_version(config_, name));
  }
  EXPECT_EQ(*roll_back(config_), kSecond);
  EXPECT_EQ(*current_version(config_), kSecond);
  EXPECT_EQ(*roll_back(config_), kFirst);
  // Before the first choice the newest was in use.
  EXPECT_EQ(*roll_back(config_), kThird);
  const auto none = roll_back(config_);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(none.error().hint.empty());
  EXPECT_EQ(*current_version(config_), kThird) << "a failed roll back changes nothing";
}

TEST_F(Versions, RollBackSkipsDeletedVersions) {
  save_three();
  for (const char* const name : {kFirst, kSecond, kThird}) {
    ASSERT_TRUE(use_version(config_, name));
  }
  fs::remove_all(config_.models_folder() / kSecond);
  EXPECT_EQ(*roll_back(config_), kFirst);
}

// No other version is chosen silently.
TEST_F(Versions, ADeletedCurrentVersionIsAnErrorThatNamesTheOthers) {
  save_three();
  ASSERT_TRUE(use_version(config_, kFirst));
  fs::remove_all(config_.models_folder() / kFirst);
  const auto current = current_version(config_);
  ASSERT_FALSE(current);
  EXPECT_EQ(current.error().code, ErrorCode::kBadData);
  EXPECT_NE(current.error().what.find(kFirst), std::string::npos);
  EXPECT_NE(current.error().hint.find(kSecond), std::string::npos);
  EXPECT_NE(current.error().hint.find(kThird), std::string::npos);
  EXPECT_EQ(list_versions(config_)->size(), 2U);
  ASSERT_TRUE(use_version(config_, kSecond));
  EXPECT_EQ(*current_version(config_), kSecond);
}

TEST_F(Versions, ADamagedPointerFileIsAnErrorThatNamesTheVersions) {
  save_three();
  for (const char* const text : {"{\"current\": 7", "", "[]", R"({"current": 7, "before": []})",
                                 R"({"current": "20260101T000000", "before": [7]})"}) {
    ASSERT_TRUE(write_text(config_.models_folder() / "current.json", text));
    const auto current = current_version(config_);
    ASSERT_FALSE(current) << text;
    EXPECT_EQ(current.error().code, ErrorCode::kBadData);
    EXPECT_NE(current.error().at.find("current.json"), std::string::npos);
    EXPECT_NE(current.error().hint.find(kThird), std::string::npos) << current.error().hint;
    EXPECT_EQ(roll_back(config_).error().code, ErrorCode::kBadData);
  }
  ASSERT_TRUE(use_version(config_, kFirst));
  EXPECT_EQ(*current_version(config_), kFirst);
}

TEST_F(Versions, TheVersionBeforeIsNamedWithoutAChange) {
  save_three();
  for (const char* const name : {kFirst, kSecond, kThird}) {
    ASSERT_TRUE(use_version(config_, name));
  }
  EXPECT_EQ(*version_before(config_), kSecond);
  EXPECT_EQ(*current_version(config_), kThird);
  ASSERT_TRUE(return_to(config_, kFirst));
  EXPECT_EQ(*current_version(config_), kFirst);
  EXPECT_EQ(*version_before(config_), kThird) << "in use before anything was chosen";
}

// Each of many writers reads and writes the pointer: none of their versions is lost from the way back.
TEST_F(Versions, WritersWaitForEachOther) {
  save_three();
  ASSERT_TRUE(use_version(config_, kFirst));
  std::vector<std::thread> writers;
  for (const char* const name : {kSecond, kThird}) {
    writers.emplace_back([&, name] { EXPECT_TRUE(use_version(config_, name)); });
  }
  for (std::thread& writer : writers) {
    writer.join();
  }
  const std::string last = *current_version(config_);
  EXPECT_EQ(*roll_back(config_), last == kThird ? kSecond : kThird);
  EXPECT_EQ(*roll_back(config_), kFirst);
}

TEST_F(Versions, AnUnknownVersionIsAnsweredWithSimilarNames) {
  save_three();
  const Status unknown = use_version(config_, "20260103T00000");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_NE(unknown.error().hint.find(kThird), std::string::npos);
}

TEST_F(Versions, LoadVersionGivesThatVersionWithItsName) {
  save_three();
  for (const auto& [name, weight] : {std::pair{kFirst, 1.0F}, std::pair{kThird, 3.0F}}) {
    const auto loaded = load_version(config_, name);
    ASSERT_TRUE(loaded) << to_text(loaded.error());
    EXPECT_EQ(loaded->model.about.at("version"), name);
    EXPECT_EQ(loaded->model.ranker.blender.weights[1].item<float>(), weight);
    EXPECT_EQ(loaded->dataset.items.size(), kSmallItems);
  }
}

// A version trained on stored events has a dataset of its own, which may know more items than the prepared one.
TEST_F(Versions, LoadVersionPrefersTheVersionsOwnDataset) {
  save(kFirst, 1);
  Dataset other = small_dataset();
  other.titles[0] = "as it was when the version was trained";
  ASSERT_TRUE(save_dataset(other, dataset_folder(config_, kFirst)));
  const auto loaded = load_version(config_, kFirst);
  ASSERT_TRUE(loaded) << to_text(loaded.error());
  EXPECT_EQ(loaded->dataset.titles[0], other.titles[0]);
}

TEST(TrainedAt, ReadsTheTimeFromAVersionsName) {
  EXPECT_EQ(trained_at("20261125T064500"), "2026-11-25T06:45:00Z");
  EXPECT_EQ(trained_at("release-3"), std::nullopt);
}

}  // namespace
}  // namespace haina
