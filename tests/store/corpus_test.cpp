// Replays every input of the store fuzzer's corpus, and some random ones: a broken promise ends the program.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <string>

#include "base/files.h"
#include "store_any.h"

namespace haina {
namespace {

TEST(StoreCorpus, WhatWasWrittenComesBack) {
  int inputs = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(HAINA_SOURCE_DIR) / "fuzz/corpus/store")) {
    SCOPED_TRACE(entry.path().string());
    const auto bytes = read_text(entry.path());
    ASSERT_TRUE(bytes);
    store_any(*bytes);
    ++inputs;
  }
  EXPECT_GT(inputs, 3);
}

TEST(StoreCorpus, RandomCoursesAndDamage) {
  std::mt19937 draw(7);  // NOLINT(cert-msc51-cpp): the same inputs each time
  for (int n = 0; n < 40; ++n) {
    std::string bytes(20 + draw() % 200, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(draw());
    }
    store_any(bytes);
  }
}

}  // namespace
}  // namespace haina
