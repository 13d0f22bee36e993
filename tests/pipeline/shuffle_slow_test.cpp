// Published data with ids renamed and rows shuffled: the whole is never significantly worse than one of its models.
// HAINA_SHUFFLES sets how many shufflings there are (default 2).
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "config/config.h"
#include "data/split.h"
#include "pipeline/evaluate.h"
#include "pipeline/prepare.h"
#include "pipeline/train.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

class Shuffled : public testing::Test {
 protected:
  void SetUp() override {
    const fs::path near = fs::path(HAINA_SOURCE_DIR).parent_path() / "shared" / "data";
    setenv("HAINA_DATA", near.c_str(), 0);
    if (!fs::exists(fs::path(std::getenv("HAINA_DATA")) / "ml-100k")) {
      GTEST_SKIP() << "NOT CHECKED: no " << std::getenv("HAINA_DATA") << "/ml-100k; set HAINA_DATA to the data sets";
    }
  }
};

TEST_F(Shuffled, TheWholeIsNotWorseThanItsBestModel) {
  const char* const asked = std::getenv("HAINA_SHUFFLES");
  for (int64_t seed = 1; seed <= (asked == nullptr ? 2 : std::atoi(asked)); ++seed) {
    const fs::path folder = fs::path(testing::TempDir()) / ("haina_shuffle_" + std::to_string(seed));
    fs::remove_all(folder);
    auto config = load_config(fs::path(HAINA_SOURCE_DIR) / "bench" / "quality" / "ml100k-mcrec.toml");
    ASSERT_TRUE(config) << to_text(config.error());
    config->out = folder;
    config->clean.shuffle_seed = seed;
    config->train.seed = static_cast<uint64_t>(seed);
    const auto dataset = run_prepare(*config, {});
    ASSERT_TRUE(dataset) << to_text(dataset.error());
    const auto split = make_split(*dataset, config->split);
    ASSERT_TRUE(split) << to_text(split.error());
    const auto model = train_model(*dataset, *config, *split, {});
    ASSERT_TRUE(model) << to_text(model.error());
    const auto document = run_evaluate(*dataset, *config, *model, {.ks = {10}, .ablation = AblationMode::kNone});
    ASSERT_TRUE(document) << to_text(document.error());
    ASSERT_FALSE((*document)["differences"].empty());
    for (const nlohmann::json& row : (*document)["differences"]) {
      EXPECT_GE(row["high"].get<double>(), 0) << "shuffling " << seed << ": " << row.dump();
      std::printf("shuffling %d: haina - %s: %s %+.4f [%+.4f, %+.4f]\n", static_cast<int>(seed),
                  row["than"].get<std::string>().c_str(), row["metric"].get<std::string>().c_str(),
                  row["delta"].get<double>(), row["low"].get<double>(), row["high"].get<double>());
    }
    fs::remove_all(folder);
  }
}

}  // namespace
}  // namespace haina
