// Every input that the fuzzer of the socket keeps, sent again; after each the server still answers.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "http_client.h"
#include "serve_any.h"

namespace haina {
namespace {

TEST(HttpCorpus, TheServerOutlivesWhatTheFuzzerFound) {
  int inputs = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(HAINA_SOURCE_DIR) / "fuzz/corpus/http")) {
    const auto bytes = read_text(entry.path());
    ASSERT_TRUE(bytes);
    serve_any(*bytes);
    HttpClient client(reading_server().port());
    ASSERT_EQ(client.get("/").status, 200) << entry.path();
    ++inputs;
  }
  EXPECT_GT(inputs, 3);
}

}  // namespace
}  // namespace haina
