// Old versions go whole with their datasets; the one in use and the way back never do.
#include "model/prune_versions.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "model/version_pointer.h"
#include "model/versions.h"

namespace haina {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

class Prune : public testing::Test {
 protected:
  void SetUp() override {
    config_.folder = fs::temp_directory_path() / ("haina_prune_" + std::to_string(::getpid()) + "_" +
                                                  testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(config_.folder);
    for (int i = 1; i <= 6; ++i) {
      put(config_.models_folder() / name(i) / "manifest.json", 10'000);
      put(dataset_folder(config_, name(i)) / "events.bin", 50'000);
    }
  }
  void TearDown() override { fs::remove_all(config_.folder); }
  static std::string name(int i) { return "2026010" + std::to_string(i) + "T000000"; }
  static void put(const fs::path& file, size_t bytes) {
    fs::create_directories(file.parent_path());
    ASSERT_TRUE(write_text(file, std::string(bytes, 'x')));
  }
  Names datasets() const {
    Names names;
    for (const fs::directory_entry& entry : fs::directory_iterator(config_.output_folder() / "datasets")) {
      names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names, std::greater());
    return names;
  }
  Config config_;
};

TEST_F(Prune, KeepsTheNewestTheOneInUseAndTheWayBack) {
  ASSERT_TRUE(use_version(config_, name(2)));
  ASSERT_TRUE(use_version(config_, name(3)));
  const auto would = prune_versions(config_, 2, DryRun::kYes);
  ASSERT_TRUE(would) << to_text(would.error());
  EXPECT_EQ(would->versions, (Names{name(4), name(1)}));
  EXPECT_EQ(would->kept, (Names{name(6), name(5), name(3), name(2)}));
  EXPECT_GE(would->bytes, 2 * 60'000);
  EXPECT_EQ(version_names(config_).size(), 6U) << "a dry run deletes nothing";
  EXPECT_EQ(datasets().size(), 6U);
  const auto pruned = prune_versions(config_, 2, DryRun::kNo);
  ASSERT_TRUE(pruned) << to_text(pruned.error());
  EXPECT_EQ(pruned->versions, would->versions);
  EXPECT_EQ(pruned->bytes, would->bytes);
  EXPECT_EQ(version_names(config_), would->kept);
  EXPECT_EQ(datasets(), would->kept);
  EXPECT_EQ(*current_version(config_), name(3));
  EXPECT_TRUE(prune_versions(config_, 2, DryRun::kNo)->versions.empty());
  EXPECT_EQ(*roll_back(config_), name(2));
}

TEST_F(Prune, DatasetsOfVersionsThatAreGoneGoToo) {
  fs::remove_all(config_.models_folder() / name(5));
  const auto pruned = prune_versions(config_, 9, DryRun::kNo);
  ASSERT_TRUE(pruned) << to_text(pruned.error());
  EXPECT_TRUE(pruned->versions.empty());
  EXPECT_EQ(pruned->datasets, Names{name(5)});
  EXPECT_EQ(datasets().size(), 5U);
}

// Versions share equal datasets by hard links: what stays elsewhere frees nothing.
TEST_F(Prune, SharedFilesAreNotCountedAsFreed) {
  const fs::path shared = dataset_folder(config_, name(1)) / "events.bin";
  for (const int i : {2, 6}) {
    fs::remove(dataset_folder(config_, name(i)) / "events.bin");
    fs::create_hard_link(shared, dataset_folder(config_, name(i)) / "events.bin");
  }
  const auto pruned = prune_versions(config_, 4, DryRun::kNo);
  ASSERT_TRUE(pruned) << to_text(pruned.error());
  EXPECT_EQ(pruned->versions, (Names{name(2), name(1)}));
  EXPECT_LT(pruned->bytes, 50'000) << "two manifests";
  EXPECT_TRUE(fs::exists(dataset_folder(config_, name(6)) / "events.bin"));
}

TEST_F(Prune, ADamagedPointerDeletesNothing) {
  ASSERT_TRUE(write_text(config_.models_folder() / "current.json", "{"));
  const auto pruned = prune_versions(config_, 1, DryRun::kNo);
  ASSERT_FALSE(pruned);
  EXPECT_EQ(pruned.error().code, ErrorCode::kBadData);
  EXPECT_EQ(version_names(config_).size(), 6U);
}

TEST_F(Prune, WithoutVersionsThereIsNothingToDo) {
  fs::remove_all(config_.models_folder());
  const auto pruned = prune_versions(config_, 1, DryRun::kNo);
  ASSERT_TRUE(pruned);
  EXPECT_TRUE(pruned->versions.empty());
}

// A refused version gives the place back to the one that serves, unless somebody chose another one meanwhile.
TEST_F(Prune, ThePointerReturnsFromARefusedVersion) {
  for (const int i : {1, 2, 3}) {
    ASSERT_TRUE(use_version(config_, name(i)));
  }
  EXPECT_TRUE(*return_from(config_, name(3), name(2)));
  EXPECT_EQ(*current_version(config_), name(2));
  EXPECT_EQ(*version_before(config_), name(1));
  EXPECT_FALSE(*return_from(config_, name(3), name(1)));
  EXPECT_EQ(*current_version(config_), name(2));
  EXPECT_FALSE(*return_from(config_, name(2), "20200101T000000")) << "which is gone";
  EXPECT_EQ(*current_version(config_), name(2));
}

}  // namespace
}  // namespace haina
