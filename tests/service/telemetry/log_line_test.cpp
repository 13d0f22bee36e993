// Lines of the log: their form, what they are about, and what they must not hold.
#include "service/telemetry/log_line.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr int64_t kTime = 1'700'000'000'123'456;

TEST(LogLine, JsonIsOneLineWithTimeLevelAndFields) {
  const std::string line =
      json_log_line("warning", "first\n  hint: \"second\"", {{"request", "r1"}, {"status", 503}}, kTime);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const Json json = Json::parse(line);
  EXPECT_EQ(json.at("time"), "2023-11-14T22:13:20.123456Z");
  EXPECT_EQ(json.at("level"), "warning");
  EXPECT_EQ(json.at("message"), "first\n  hint: \"second\"");
  EXPECT_EQ(json.at("request"), "r1");
  EXPECT_EQ(json.at("status"), 503);
  EXPECT_EQ(line.find("{\"time\":"), 0U);  // no prefix, and the time first
}

TEST(LogLine, BytesThatAreNoTextDoNotBreakTheLine) {
  EXPECT_TRUE(Json::accept(json_log_line("info", "bad \xff byte", {}, kTime)));
}

TEST(LogLine, TextNamesWarningsAndFields) {
  EXPECT_EQ(text_log_line("warning", "w", {{"request", "r1"}}), "warning: w request=\"r1\"");
  EXPECT_EQ(text_log_line("info", "i", {}), "i");
}

TEST(LogLine, KeysAndPasswordsAreReplaced) {
  const std::string key = "haina_" + std::string(43, 'x');
  for (const std::string& line : {json_log_line("info", "with " + key + " from postgresql://me:geheim@db/x", {}, kTime),
                                  text_log_line("info", "with " + key + " from postgresql://me:geheim@db/x", {})}) {
    EXPECT_EQ(line.find("xxxx"), std::string::npos) << line;
    EXPECT_EQ(line.find("geheim"), std::string::npos) << line;
    EXPECT_NE(line.find("haina_…"), std::string::npos) << line;
  }
  EXPECT_NE(text_log_line("info", "see haina_requests_total", {}).find("haina_requests_total"), std::string::npos);
}

class LogScopeTest : public testing::Test {
 protected:
  void SetUp() override {
    set_log_sink(
        [this](LogLevel, const std::string& text) { lines_.push_back(json_log_line("", text, log_fields(), 0)); });
  }
  void TearDown() override { set_log_sink({}); }
  std::vector<std::string> lines_;
};

TEST_F(LogScopeTest, LinesOfAThreadAreAboutItsRequest) {
  {
    const LogScope scope(std::make_shared<const LogContext>(LogContext{"r1", "acme", "t", "s"}));
    log_with(LogLevel::kInfo, "one", {{"status", 200}});
    {
      const LogScope inner(std::make_shared<const LogContext>(LogContext{.request = "r2"}));
      log_info("two");
    }
    log_info("three");
    const auto about = log_context();
    std::thread([&] {
      log_info("four");
      const LogScope there(about);
      log_info("five");
    }).join();
  }
  log_info("six");
  std::vector<std::string> requests;
  for (const std::string& line : lines_) {
    requests.push_back(Json::parse(line).value("request", ""));
  }
  EXPECT_EQ(requests, (std::vector<std::string>{"r1", "r2", "r1", "", "r1", ""}));
  const Json first = Json::parse(lines_[0]);
  EXPECT_EQ(first.at("tenant"), "acme");
  EXPECT_EQ(first.at("trace_id"), "t");
  EXPECT_EQ(first.at("span_id"), "s");
  EXPECT_EQ(first.at("status"), 200);
  EXPECT_FALSE(Json::parse(lines_[1]).contains("tenant"));
}

}  // namespace
}  // namespace haina
