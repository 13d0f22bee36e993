// Preparing a large file takes memory for its columns, not for its text.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/files.h"
#include "base/seed.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

TEST(Memory, PrepareStaysUnderOneAndAHalfTimesItsColumns) {
  const fs::path folder = fs::temp_directory_path() / ("haina_memory_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  {
    std::ofstream events(folder / "events.csv");
    events << "user,item,value,time\n";
    RandomStream random(4, "memory_test");
    std::string block;
    for (int i = 0; i < 200000; ++i) {
      block += std::to_string(random.below(400000)) + "," + std::to_string(random.below(50000)) + "," +
               std::to_string(random.below(5)) + ".5," + std::to_string(1600000000 + random.below(90000000)) + "\n";
    }
    for (int i = 0; i < 75; ++i) {  // 15 million events, 400 MB
      events << block;
    }
    ASSERT_TRUE(events.flush());
  }
  ASSERT_TRUE(write_text(folder / "haina.toml", R"(
[project]
name = "memory"
[[source]]
name = "events"
kind = "events"
path = "events.csv"
columns = { user = "user", item = "item", value = "value", time = "time" }
[clean]
drop_duplicates = false
)"));
  const pid_t child = ::fork();
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ::dup2(nowhere, 1);
    ::execl(HAINA_BINARY, "haina", "prepare", "-c", (folder / "haina.toml").c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = 0;
  rusage used = {};
  ASSERT_EQ(::wait4(child, &status, 0, &used), child);
  ASSERT_EQ(status, 0);
  const double columns = static_cast<double>(fs::file_size(folder / "prepared" / "events.arrow"));
  const double peak = static_cast<double>(used.ru_maxrss) * 1024;
  std::printf("columns %.0f MB, peak %.0f MB\n", columns / 1e6, peak / 1e6);
  EXPECT_GT(columns, 350e6);
  EXPECT_LT(peak, 1.5 * columns + 500e6);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace haina
