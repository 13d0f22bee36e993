// kill -9 at random moments under write load: no acknowledged event is lost or stored twice, and the lists after the
// restart are the same.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "base/files.h"
#include "base/seed.h"
#include "made_clicks.h"
#include "service/http_client.h"

namespace haina {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;

class KillServe : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_kill_serve_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    write_clicks(folder_ / "clicks.csv", 60, 8, [](int u, int i) { return (u % 3) + 3 * ((u + 7 * i) % 20); });
    ASSERT_TRUE(write_text(folder_ / "haina.toml", R"(
[project]
name = "kill"
[[source]]
name = "clicks"
kind = "events"
path = "clicks.csv"
action = "click"
columns = { user = "user", item = "item", time = "time" }
[split]
by = "leave_last"
[train]
network = "none"
[train.experts.popularity]
[train.experts.ease]
)"));
  }
  void TearDown() override {
    stop(SIGKILL);
    fs::remove_all(folder_);
  }

  void start() {
    int pipe_ends[2];
    ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC), 0);
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(pipe_ends[1], 1);
      const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
      ::dup2(nowhere, 2);
      ::execl(HAINA_BINARY, "haina", "serve", "-c", (folder_ / "haina.toml").c_str(), "--port", "0", "--train",
              static_cast<char*>(nullptr));
      ::_exit(127);
    }
    ::close(pipe_ends[1]);
    std::string line;
    for (char c = 0; ::read(pipe_ends[0], &c, 1) == 1 && c != '\n';) {
      line += c;
    }
    ::close(pipe_ends[0]);
    const size_t colon = line.rfind(':');
    ASSERT_TRUE(line.starts_with("listening on http://127.0.0.1:")) << line;
    port_ = static_cast<uint16_t>(std::stoi(line.substr(colon + 1)));
  }
  int stop(int signal) {
    int status = 0;
    if (child_ > 0) {
      ::kill(child_, signal);
      ::waitpid(child_, &status, 0);
    }
    child_ = -1;
    return status;
  }
  // The ids of a user's events in the store, oldest first.
  std::vector<std::string> stored(const std::string& user) const {
    HttpClient client(port_);
    std::vector<std::string> ids;
    const Json document = client.get("/v1/users/" + user + "/events?limit=1000").json();
    for (const Json& event : document.at("events")) {
      ids.push_back(event.at("id"));
    }
    std::ranges::reverse(ids);
    return ids;
  }
  std::string list(const std::string& user) const {
    HttpClient client(port_);
    return client.get("/v1/users/" + user + "/recommendations?k=20&record=0").body;
  }

  fs::path folder_;
  pid_t child_ = -1;
  uint16_t port_ = 0;
};

TEST_F(KillServe, AcknowledgedEventsAreStoredExactlyOnce) {
  constexpr int kKills = 200, kWriters = 3;
  RandomStream random(8, "kill_serve");
  start();
  std::vector<std::set<std::string>> acknowledged(kWriters);
  for (int kill = 0; kill < kKills; ++kill) {
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w) {
      writers.emplace_back([&, w] {
        HttpClient client(port_);
        const std::string user = "w" + std::to_string(w) + "_" + std::to_string(kill);
        for (int i = 0; i < 900; ++i) {
          const std::string id = user + "_" + std::to_string(i);
          const Json event = {
              {"id", id}, {"user", user}, {"item", "i" + std::to_string(i % 60)}, {"time", 1700000000 + i}};
          if (client.post("/v1/events", {{"events", {event}}}).status != 200) {
            // It is sent again after the restart: it may have been stored already, and must count once.
            return;
          }
          acknowledged[static_cast<size_t>(w)].insert(id);
        }
      });
    }
    std::this_thread::sleep_for(std::chrono::microseconds(1000 + random.below(60000)));
    stop(SIGKILL);
    for (std::thread& writer : writers) {
      writer.join();
    }
    start();
    for (int w = 0; w < kWriters; ++w) {
      const std::string user = "w" + std::to_string(w) + "_" + std::to_string(kill);
      const std::vector<std::string> ids = stored(user);
      const std::set<std::string> distinct(ids.begin(), ids.end());
      ASSERT_EQ(distinct.size(), ids.size()) << "stored twice, kill " << kill;
      std::set<std::string>& kept = acknowledged[static_cast<size_t>(w)];
      ASSERT_TRUE(std::ranges::includes(distinct, kept)) << "lost, kill " << kill;
      // At most one event was sent and not acknowledged.
      ASSERT_LE(distinct.size(), kept.size() + 1);
      HttpClient client(port_);
      const std::string next = user + "_" + std::to_string(kept.size());
      const Json event = {{"id", next}, {"user", user}, {"item", "i1"}};
      ASSERT_EQ(client.post("/v1/events", {{"events", {event}}}).status, 200);
      ASSERT_EQ(stored(user).size(), kept.size() + 1) << "the retry did not count exactly once";
      kept.clear();
    }
  }
  const std::string before = list("w0_3") + list("u5");
  EXPECT_EQ(stop(SIGTERM), 0);  // SIGTERM ends it with exit code 0
  start();
  EXPECT_EQ(list("w0_3") + list("u5"), before);
}

}  // namespace
}  // namespace haina
