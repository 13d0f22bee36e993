// kill -9 at any moment of prepare and train: the earlier dataset and model stay whole, and the next run succeeds.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <thread>

#include "base/files.h"
#include "base/seed.h"
#include "made_clicks.h"
#include "model/versions.h"

namespace haina {
namespace {
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

class Kill : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_kill_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    RandomStream random(5, "kill_test");
    write_clicks(folder_ / "clicks.csv", 200, 12, [&](int u, int) { return (u % 3) + 3 * random.below(20); });
    ASSERT_TRUE(write_text(folder_ / "haina.toml", R"(
[project]
name = "kill"
[[source]]
name = "clicks"
kind = "events"
path = "clicks.csv"
columns = { user = "user", item = "item", time = "time" }
[train]
network = "none"
[train.experts.popularity]
[train.experts.ease]
)"));
  }
  void TearDown() override { fs::remove_all(folder_); }

  pid_t start(const char* command) const {
    const pid_t child = ::fork();
    if (child == 0) {
      const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
      ::dup2(nowhere, 1);
      ::dup2(nowhere, 2);
      ::setenv("OMP_NUM_THREADS", "1", 1);
      ::execl(HAINA_BINARY, "haina", command, "-c", (folder_ / "haina.toml").c_str(), static_cast<char*>(nullptr));
      ::_exit(127);
    }
    return child;
  }
  static int wait_for(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }
  // Files look changed, so that prepare has something to do.
  void touch() const { fs::last_write_time(folder_ / "clicks.csv", fs::file_time_type::clock::now()); }

  // The whole run's length first; then kills spread over it.
  void kill_and_check(const char* command, int kills, const std::function<void()>& check) {
    touch();
    const auto begin = Clock::now();
    ASSERT_EQ(wait_for(start(command)), 0) << command;
    const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
    check();
    RandomStream random(17, command);
    int killed = 0;
    for (int i = 0; i < kills; ++i) {
      touch();
      const pid_t child = start(command);
      std::this_thread::sleep_for(std::chrono::microseconds(random.below(whole)));
      ::kill(child, SIGKILL);
      killed += WIFSIGNALED(wait_for(child)) ? 1 : 0;
      check();
      if (testing::Test::HasFailure()) {
        return;
      }
    }
    EXPECT_GT(killed, kills / 2) << "most kills must come before the end to mean anything";
    touch();
    EXPECT_EQ(wait_for(start(command)), 0) << command << " after kills";
    check();
  }

  fs::path folder_;
};

TEST_F(Kill, LeavesTheEarlierDatasetAndModelWhole) {
  const auto config = load_config(folder_);
  ASSERT_TRUE(config) << to_text(config.error());
  const auto dataset_is_whole = [&] {
    const auto dataset = load_dataset(config->prepared_folder());
    ASSERT_TRUE(dataset) << to_text(dataset.error());
    EXPECT_EQ(dataset->users.size(), 200);
    ASSERT_TRUE(open_manifest(config->prepared_folder(), "haina.dataset/1", Verify::kChecksums));
  };
  kill_and_check("prepare", 30, dataset_is_whole);
  kill_and_check("train", 30, [&] {
    dataset_is_whole();
    const auto dataset = load_dataset(config->prepared_folder());
    ASSERT_TRUE(dataset);
    const auto version = current_version(*config);
    ASSERT_TRUE(version) << to_text(version.error());
    const auto loaded = load_version(*config, *version);
    ASSERT_TRUE(loaded) << to_text(loaded.error());
  });
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder_)) {
    EXPECT_EQ(entry.path().filename().string().find(".tmp"), std::string::npos) << "left behind: " << entry.path();
  }
}

}  // namespace
}  // namespace haina
