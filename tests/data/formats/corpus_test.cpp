// Replays every input in fuzz/corpus: what crashed a fuzzer once is tested for ever.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "read_any.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

const fs::path kCorpus = fs::path(HAINA_SOURCE_DIR) / "fuzz/corpus";

// The folders of fuzz/corpus, but those of the service and its store.
std::vector<std::string> kinds() {
  std::vector<std::string> kinds;
  for (const auto& entry : fs::directory_iterator(kCorpus)) {
    const std::string kind = entry.path().filename();
    if (entry.is_directory() && kind != "http" && kind != "body" && kind != "store") {
      kinds.push_back(kind);
    }
  }
  std::ranges::sort(kinds);
  return kinds;
}

class Corpus : public testing::TestWithParam<std::string> {};

TEST_P(Corpus, IsReadWithoutBreakingAPromise) {
  int inputs = 0;
  for (const auto& entry : fs::directory_iterator(kCorpus / GetParam())) {
    SCOPED_TRACE(entry.path().string());
    const auto bytes = read_text(entry.path());
    ASSERT_TRUE(bytes);
    read_any(GetParam(), *bytes);
    ++inputs;
  }
  EXPECT_GT(inputs, 0);
}

INSTANTIATE_TEST_SUITE_P(All, Corpus, testing::ValuesIn(kinds()), [](const auto& each) { return each.param; });

TEST(CorpusFolders, EveryReaderHasOne) {
  const std::vector<std::string> found = kinds();
  for (const FormatEntry& entry : format_entries()) {
    const std::string kind = entry.name == "tsv" || entry.name == "delimited" ? "csv" : entry.name;  // the same reader
    EXPECT_NE(std::ranges::find(found, kind), found.end()) << "add a few small files to fuzz/corpus/" << kind;
  }
  for (const char* const kind : {"config", "model"}) {
    EXPECT_NE(std::ranges::find(found, kind), found.end()) << kind;
  }
}

}  // namespace
}  // namespace haina
