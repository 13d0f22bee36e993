// Published data with ids renamed and rows shuffled: the whole is never significantly worse than one of its models.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "config/config.h"
#include "data/split.h"
#include "experts/published.h"
#include "pipeline/evaluate.h"
#include "pipeline/prepare.h"
#include "pipeline/train.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

// Once for each seed of the shuffling.
class Shuffled : public testing::TestWithParam<int64_t> {
 protected:
  void SetUp() override {
    const std::string data = data_folder();
    setenv("HAINA_DATA", data.c_str(), 0);  // the protocol names its files by it
    if (!fs::exists(fs::path(data) / "ml-100k")) {
      GTEST_SKIP() << "NOT CHECKED: no ml-100k in " << data << "; set HAINA_DATA to the folder of the data sets";
    }
  }
};

TEST_P(Shuffled, TheWholeIsNotWorseThanItsBestModel) {
  const int64_t seed = GetParam();
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

INSTANTIATE_TEST_SUITE_P(Seeds, Shuffled, testing::Values(1, 2));

}  // namespace
}  // namespace haina
