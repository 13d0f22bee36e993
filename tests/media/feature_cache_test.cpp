// What was decoded is remembered by contents, and only what is still asked for.
#include "media/feature_cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace haina {
namespace {
namespace fs = std::filesystem;

class Features : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_features_" + std::to_string(::getpid()));
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path file() const { return folder_ / "media" / "features.safetensors"; }
  fs::path folder_;
};

TEST_F(Features, ComeBackAsTheyWere) {
  FeatureCache cache = FeatureCache::load(file());
  EXPECT_EQ(cache.find("one"), nullptr);
  cache.add("one", {.name = "a\nb.png", .picture = {1, 2, 3}});
  cache.add("two", {.name = "bad", .problem = "damaged"});
  cache.add_archive("three", {.members = {{.name = "x", .picture = {4, 5, 6}, .sound = {7}, .pixels = {255, 0, 7}},
                                          {.name = "y", .motion = {8, 9}}},
                              .problem = "cut off"});
  cache.add_archive("four", {});
  ASSERT_TRUE(cache.save());
  FeatureCache again = FeatureCache::load(file());
  ASSERT_NE(again.find("one"), nullptr);
  EXPECT_EQ(again.find("one")->picture, (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(again.find("one")->name, "a\nb.png");
  EXPECT_EQ(again.find("two")->problem, "damaged");
  const ArchiveFeatures* const archive = again.find_archive("three");
  ASSERT_NE(archive, nullptr);
  EXPECT_EQ(archive->problem, "cut off");
  ASSERT_EQ(archive->members.size(), 2U);
  EXPECT_EQ(archive->members[0].picture, (std::vector<float>{4, 5, 6}));
  EXPECT_EQ(archive->members[0].sound, (std::vector<float>{7}));
  EXPECT_EQ(archive->members[0].pixels, (std::vector<uint8_t>{255, 0, 7}));
  EXPECT_TRUE(archive->members[0].spectrogram.empty());
  EXPECT_TRUE(archive->members[1].pixels.empty());
  EXPECT_EQ(archive->members[1].motion, (std::vector<float>{8, 9}));
  EXPECT_TRUE(archive->members[1].picture.empty());
  ASSERT_NE(again.find_archive("four"), nullptr);
}

TEST_F(Features, ThatNobodyAsksForAreDropped) {
  FeatureCache cache = FeatureCache::load(file());
  cache.add("kept", {.name = "k", .picture = {1}});
  cache.add("dropped", {.name = "d", .picture = {2}});
  ASSERT_TRUE(cache.save());
  FeatureCache second = FeatureCache::load(file());
  EXPECT_NE(second.find("kept"), nullptr);
  ASSERT_TRUE(second.save());
  FeatureCache third = FeatureCache::load(file());
  EXPECT_NE(third.find("kept"), nullptr);
  EXPECT_EQ(third.find("dropped"), nullptr);
}

TEST_F(Features, OfADamagedFileAreMadeAnew) {
  fs::create_directories(file().parent_path());
  std::ofstream(file()) << "damaged";
  FeatureCache cache = FeatureCache::load(file());
  EXPECT_EQ(cache.find("one"), nullptr);
  cache.add("one", {.name = "k", .picture = {1}});
  EXPECT_TRUE(cache.save());
  EXPECT_NE(FeatureCache::load(file()).find("one"), nullptr);
}

}  // namespace
}  // namespace haina
