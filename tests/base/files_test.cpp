// A folder is made whole, and what killed processes left beside it goes.
#include "base/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

namespace haina {
namespace {

namespace fs = std::filesystem;

class Folders : public testing::Test {
 protected:
  Folders() { fs::create_directories(root_); }
  ~Folders() override { fs::remove_all(root_); }
  fs::path half_made(const std::string& name) const {
    fs::create_directories(root_ / name);
    std::ofstream(root_ / name / "part") << "half";
    return root_ / name;
  }
  const fs::path root_ = fs::temp_directory_path() / ("haina_files_" + std::to_string(::getpid()));
};

// The number of a process that is no more.
pid_t dead() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  return child;
}

TEST_F(Folders, WhatKilledProcessesLeftGoesWhateverItsName) {
  const std::string gone = std::to_string(dead()), alive = std::to_string(::getppid());
  const fs::path other = half_made("monday.tmp-" + gone), own = half_made("tuesday.tmp-" + alive);
  const fs::path at_work = half_made("sunday.tmp-" + alive), not_ours = half_made("notes.tmp-draft"),
                 no_number = half_made("notes.tmp-" + gone + "x"), whole = half_made("saturday");
  const fs::path elsewhere = half_made("friday.tmp-" + gone);  // in another container, where the number is of another
  const int lock = ::open(elsewhere.c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  {
    auto folder = AtomicFolder::create(root_ / "tuesday");
    ASSERT_TRUE(folder) << to_text(folder.error());
    EXPECT_FALSE(fs::exists(other));
    EXPECT_FALSE(fs::exists(own)) << "of the same name";
    for (const fs::path& path : {at_work, not_ours, no_number, whole, elsewhere}) {
      EXPECT_TRUE(fs::exists(path / "part")) << path;
    }
    const int again = ::open(folder->path().c_str(), O_RDONLY | O_DIRECTORY);
    EXPECT_NE(::flock(again, LOCK_EX | LOCK_NB), 0) << "held";
    ::close(again);
    ASSERT_TRUE(folder->commit("test/1", {{"day", 2}}));
  }
  ::close(lock);
  const auto manifest = open_manifest(root_ / "tuesday", "test/1", Verify::kChecksums);
  ASSERT_TRUE(manifest) << to_text(manifest.error());
  EXPECT_EQ(manifest->at("about").at("day"), 2);
  ASSERT_TRUE(AtomicFolder::create(root_ / "wednesday"));
  EXPECT_FALSE(fs::exists(elsewhere)) << "let go of";
}

}  // namespace
}  // namespace haina
