// Every input that the fuzzers keep, read again: a crash found once is a case for ever.
#include <gtest/gtest.h>
#include <unistd.h>

#include "read_any.h"

namespace haina {
namespace {

class Corpus : public testing::TestWithParam<std::string> {};

TEST_P(Corpus, IsReadWithoutBreakingAPromise) {
  const std::filesystem::path folder = std::filesystem::path(HAINA_SOURCE_DIR) / "fuzz/corpus" / GetParam();
  int inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().string());
    const auto bytes = read_text(entry.path());
    ASSERT_TRUE(bytes);
    read_any(GetParam(), *bytes);
    ++inputs;
  }
  EXPECT_GT(inputs, 0) << folder;
}

INSTANTIATE_TEST_SUITE_P(All, Corpus,
                         testing::Values("csv", "jsonl", "json", "parquet", "arrow", "npy", "lists", "config", "model"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace haina
