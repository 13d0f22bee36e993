// Replays every input of the HTTP fuzzer's corpus; the server must still answer after each.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "serve_any.h"
#include "service/http_client.h"

namespace haina {
namespace {

TEST(HttpCorpus, ServerStaysUpAfterEveryInput) {
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
