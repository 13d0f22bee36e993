// One holder at a time, named to the others; a killed holder frees the lock.
#include "base/file_lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

namespace haina {
namespace {

namespace fs = std::filesystem;

class Lock : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_lock_" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  Result<FileLock> take(FileLock::Busy busy = FileLock::Busy::kFail) const {
    return FileLock::take(folder_ / "a.lock", "another test runs", "wait for it", busy);
  }
  fs::path folder_;
};

TEST_F(Lock, TheSecondIsToldWhoHoldsIt) {
  const auto first = take();
  ASSERT_TRUE(first) << to_text(first.error());
  const auto second = take();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kIo);
  EXPECT_TRUE(second.error().what.starts_with("another test runs: process " + std::to_string(::getpid())))
      << second.error().what;
  EXPECT_EQ(second.error().hint, "wait for it");
}

TEST_F(Lock, ItIsFreeAfterItsHolder) {
  {
    ASSERT_TRUE(take());
  }
  EXPECT_TRUE(take());
}

TEST_F(Lock, AKilledHolderFreesIt) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto held = take();
    const char byte = held ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) == 1) {
      ::pause();
    }
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  const auto refused = take();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("process " + std::to_string(child)), std::string::npos) << refused.error().what;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(take());
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(Lock, OneMayWaitForIt) {
  auto first = take();
  ASSERT_TRUE(first);
  std::optional<FileLock> held(std::move(*first));
  std::atomic<bool> has_it = false;
  std::thread waiter([&] {
    EXPECT_TRUE(take(FileLock::Busy::kWait));
    has_it = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(has_it);
  held.reset();
  waiter.join();
  EXPECT_TRUE(has_it);
}

TEST_F(Lock, AMissingFolderIsAnError) {
  const auto lock = FileLock::take(folder_ / "none" / "a.lock", "", "");
  ASSERT_FALSE(lock);
  EXPECT_FALSE(lock.error().hint.empty());
}

}  // namespace
}  // namespace haina
