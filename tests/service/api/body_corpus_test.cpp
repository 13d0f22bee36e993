// Replays every input of the fuzzer of request bodies: a broken promise ends the program.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "body_any.h"

namespace haina {
namespace {

TEST(BodyCorpus, EveryBodyIsReadOrRefusedInWords) {
  int inputs = 0;
  size_t read = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(HAINA_SOURCE_DIR) / "fuzz/corpus/body")) {
    SCOPED_TRACE(entry.path().string());
    const auto bytes = read_text(entry.path());
    ASSERT_TRUE(bytes);
    read += read_bodies(*bytes);
    ++inputs;
  }
  EXPECT_GT(inputs, 3);
  EXPECT_GT(read, 5U);
}

}  // namespace
}  // namespace haina
