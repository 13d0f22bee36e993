// AtomicFolder is complete or absent, and removes what killed processes left beside it.
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
  fs::path unfinished(const std::string& name) const {
    fs::create_directories(root_ / name);
    std::ofstream(root_ / name / "part") << "half";
    return root_ / name;
  }
  const fs::path root_ = fs::temp_directory_path() / ("haina_files_" + std::to_string(::getpid()));
};

// The id of a process that has ended.
pid_t ended_process() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  return child;
}

TEST_F(Folders, CreateRemovesFoldersOfKilledProcessesWhateverTheirName) {
  const std::string gone = std::to_string(ended_process()), alive = std::to_string(::getppid());
  const fs::path other = unfinished("monday.tmp-" + gone), own = unfinished("tuesday.tmp-" + alive);
  const fs::path running = unfinished("sunday.tmp-" + alive), not_ours = unfinished("notes.tmp-draft"),
                 no_number = unfinished("notes.tmp-" + gone + "x"), whole = unfinished("saturday");
  const fs::path elsewhere = unfinished("friday.tmp-" + gone);  // held by a process of another container
  const int lock = ::open(elsewhere.c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  {
    auto folder = AtomicFolder::create(root_ / "tuesday");
    ASSERT_TRUE(folder) << to_text(folder.error());
    EXPECT_FALSE(fs::exists(other));
    EXPECT_FALSE(fs::exists(own)) << "of the same name, never locked";
    for (const fs::path& path : {running, not_ours, no_number, whole, elsewhere}) {
      EXPECT_TRUE(fs::exists(path / "part")) << path;
    }
    const int again = ::open(folder->path().c_str(), O_RDONLY | O_DIRECTORY);
    EXPECT_NE(::flock(again, LOCK_EX | LOCK_NB), 0) << "the new folder is locked";
    ::close(again);
    ASSERT_TRUE(folder->commit("test/1", {{"day", 2}}));
  }
  ::close(lock);
  const auto manifest = open_manifest(root_ / "tuesday", "test/1", Verify::kChecksums);
  ASSERT_TRUE(manifest) << to_text(manifest.error());
  EXPECT_EQ(manifest->at("about").at("day"), 2);
  ASSERT_TRUE(AtomicFolder::create(root_ / "wednesday"));
  EXPECT_FALSE(fs::exists(elsewhere)) << "no longer locked";
}

}  // namespace
}  // namespace haina
