// Runs the haina binary as a user does.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/files.h"

namespace haina {

struct Ended {
  int code = -1;
  std::string out, err;
};

// A folder of the test's own, in which commands run.
class BinaryTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("haina_cli_" + std::to_string(::getpid()) + "_" +
                                                        testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // arguments: as a shell reads them.
  Ended run(const std::string& arguments) const {
    const std::string command =
        "cd '" + folder_.string() + "' && '" HAINA_BINARY "' " + arguments + " >.out 2>.err </dev/null";
    const int status = std::system(command.c_str());  // style-exception: the test's own words alone
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_text(folder_ / ".out").value_or(""),
            read_text(folder_ / ".err").value_or("")};
  }
  void put(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }

  std::filesystem::path folder_;
};

inline bool holds(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

}  // namespace haina
