// A folder of the test's own, and its CSV files as rows of cells.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/files.h"
#include "synth/write_shop.h"

namespace haina {

class ShopTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("haina_synth_" + std::to_string(::getpid()) + "_" +
                                                        testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  ShopWritten write(const std::string& name, const ShopOptions& options) const {
    const Result<ShopWritten> written = write_shop(folder_ / name, options);
    EXPECT_TRUE(written) << to_text(written.error());
    return written.value_or(ShopWritten());
  }
  // Relative names and contents of all files.
  std::map<std::string, std::string> contents(const std::string& name) const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / name)) {
      if (entry.is_regular_file()) {
        files[std::filesystem::relative(entry.path(), folder_ / name).string()] = read_text(entry.path()).value();
      }
    }
    return files;
  }

  std::filesystem::path folder_;
};

using Cells = std::vector<std::string>;
// Rows after the header. No cell of the shop has quotes.
inline std::vector<Cells> csv_rows(const std::filesystem::path& path) {
  std::istringstream lines(read_text(path).value());
  std::vector<Cells> rows;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    Cells& row = rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) {
      row.push_back(cell);
    }
  }
  rows.erase(rows.begin());
  return rows;
}

}  // namespace haina
