// The files of the invented shop: the same for a seed, read by the project's own reader, never over other files.
#include "synth/write_shop.h"

#include <fstream>
#include <set>

#include "base/sha256.h"
#include "config/config.h"
#include "pipeline/prepare.h"
#include "synth/shop_folder.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

using WriteShop = ShopTest;

TEST_F(WriteShop, TheSameSeedGivesTheSameBytes) {
  const ShopOptions options = {.users = 60, .items = 50, .seed = 3};
  const ShopWritten written = write("a", options);
  write("b", options);
  write("c", {.users = 60, .items = 50, .seed = 4});
  const auto a = contents("a"), b = contents("b"), c = contents("c");
  EXPECT_EQ(a, b);
  int64_t bytes = 0, same = 0;
  for (const auto& [name, text] : a) {
    bytes += std::ssize(text);
    const auto other = c.find(name);
    same += other != c.end() && other->second == text ? 1 : 0;
  }
  EXPECT_EQ(bytes, written.bytes);
  EXPECT_EQ(same, 0);
  for (const char* const media : {"pictures", "sounds", "clips"}) {
    EXPECT_GT(written.files.at(media), 20) << media;
    EXPECT_LT(written.files.at(media), 50) << media;  // some are missing
  }
}

// The values were computed on x86-64 (Debian 12). Where this fails after a change of the model, write the new ones.
TEST_F(WriteShop, EveryMachineWritesTheseBytes) {
  write("a", {.users = 60, .items = 50, .seed = 3});
  Sha256 all;
  for (const auto& [name, text] : contents("a")) {
    all.add(name.data(), name.size());
    all.add(text.data(), text.size());
  }
  EXPECT_EQ(all.hex(), "09332b3339bac26a004a6f4c7d5ff7d797a424c37596b4805ef418eb4493ffdd");
}

TEST_F(WriteShop, LeavingOutMediaChangesNothingElse) {
  write("with", {.users = 60, .items = 50, .seed = 3});
  write("without", {.users = 60, .items = 50, .seed = 3, .media = ShopMedia::kLeaveOut});
  auto with = contents("with");
  const auto without = contents("without");
  EXPECT_FALSE(fs::exists(folder_ / "without" / "pictures"));
  EXPECT_LT(without.size(), with.size());
  for (const auto& [name, text] : without) {
    if (name.ends_with(".csv")) {
      EXPECT_EQ(text, with.at(name)) << name;
    }
  }
  const nlohmann::json truth = nlohmann::json::parse(without.at("truth.json"));
  EXPECT_TRUE(truth.at("tastes").at(0).at("source").is_null());
  EXPECT_EQ(truth.at("tastes").at(0).at("items_shown"), 0);
}

TEST_F(WriteShop, TheProjectPreparesWithoutARejectedRow) {
  const ShopWritten written = write("a", {.users = 120, .items = 80, .media = ShopMedia::kLeaveOut});
  const Result<Config> config = load_config(folder_ / "a");
  ASSERT_TRUE(config) << to_text(config.error());
  const Result<Dataset> dataset = run_prepare(*config, {});
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  EXPECT_EQ(dataset->users.size(), 120);
  EXPECT_EQ(dataset->items.size(), 80);
  EXPECT_EQ(dataset->events.size(),
            written.rows.at("views.csv") + written.rows.at("purchases.csv") + written.rows.at("favourites.csv"));
  for (const nlohmann::json& source : dataset->quality.at("sources")) {
    EXPECT_EQ(source.at("rejected"), 0) << source.dump();
  }
  std::set<std::string> fields;
  for (const Field& field : dataset->fields) {
    fields.insert(field.full_name());
  }
  const nlohmann::json truth = read_json(folder_ / "a" / "truth.json").value();
  for (const nlohmann::json& taste : truth.at("tastes")) {
    EXPECT_TRUE(taste.at("field").is_null() || fields.contains(taste.at("field"))) << taste.dump();
  }
  for (const char* const list : {"user_sources", "worthless"}) {
    for (const nlohmann::json& source : truth.at(list)) {
      for (const nlohmann::json& field : source.at("fields")) {
        EXPECT_TRUE(fields.contains(field)) << field;
      }
    }
  }
}

void expect_refused(const Result<ShopWritten>& written, ErrorCode code, const std::string& at,
                    const std::string& hint) {
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, code);
  EXPECT_EQ(written.error().at, at);
  EXPECT_NE(written.error().hint.find(hint), std::string::npos) << written.error().hint;
}

TEST_F(WriteShop, NothingIsOverwritten) {
  std::ofstream(folder_ / "mine.txt") << "mine";
  const ShopOptions options = {.users = 60, .items = 50, .media = ShopMedia::kLeaveOut};
  expect_refused(write_shop(folder_, options), ErrorCode::kInvalidArgument, folder_.string(), "name a new folder");
  const fs::path file = folder_ / "mine.txt";
  expect_refused(write_shop(file, options), ErrorCode::kInvalidArgument, file.string(), "name a new folder");
  expect_refused(write_shop("", options), ErrorCode::kInvalidArgument, "FOLDER", "name a new folder");
  EXPECT_EQ(contents(".").size(), 1U);
  fs::create_directories(folder_ / "empty");
  EXPECT_TRUE(write_shop(folder_ / "empty", options));  // is taken
}

TEST_F(WriteShop, ImpossibleNumbersAreRefusedBeforeAnythingIsWritten) {
  for (const int64_t users : {int64_t{-1}, int64_t{0}, int64_t{49}, kMostShopUsers + 1}) {
    expect_refused(write_shop(folder_ / "a", {.users = users}), ErrorCode::kInvalidArgument, "--users",
                   "give a number from 50 to 200000");
  }
  for (const int64_t items : {int64_t{-1}, int64_t{0}, int64_t{49}, kMostShopItems + 1}) {
    expect_refused(write_shop(folder_ / "a", {.items = items}), ErrorCode::kInvalidArgument, "--items",
                   "give a number from 50 to 20000");
  }
  EXPECT_FALSE(fs::exists(folder_ / "a"));
}

TEST_F(WriteShop, DiskErrorsAndInterruptionsAreReported) {
  const ShopOptions options = {.users = 60, .items = 50, .media = ShopMedia::kLeaveOut};
  const Result<ShopWritten> nowhere = write_shop("/proc/haina/shop", options);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::kIo);
  EXPECT_NE(nowhere.error().at.find("/proc/haina/shop"), std::string::npos) << nowhere.error().at;
  StopFlag stop;
  stop.request();
  const Result<ShopWritten> stopped = write_shop(folder_ / "a", options, &stop);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
}

}  // namespace
}  // namespace haina
