// A haina.toml in a folder of the test's own, and the warnings that loading it logs.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/log.h"
#include "config/config.h"

namespace haina {

inline constexpr const char* kSource =
    "[[source]]\nname = \"events\"\nkind = \"events\"\npath = \"e.csv\"\ncolumns = { user = \"u\", item = \"i\" }\n";

class TomlTest : public testing::Test {
 protected:
  TomlTest() {
    std::filesystem::create_directories(folder_);
    set_log_sink([this](LogLevel level, const std::string& text) {
      if (level == LogLevel::kWarning) {
        warnings_.push_back(text);
      }
    });
  }
  ~TomlTest() override {
    set_log_sink({});
    std::filesystem::remove_all(folder_);
  }
  // Loads `text` as it stands.
  Result<Config> load(const std::string& text) {
    warnings_.clear();
    std::ofstream(folder_ / "haina.toml") << text;
    return load_config(folder_);
  }
  // The place of line and column.
  std::string at(int line, int column) const {
    return (folder_ / "haina.toml").string() + ":" + std::to_string(line) + ":" + std::to_string(column);
  }
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("haina_config_" + std::to_string(::getpid()));
  std::vector<std::string> warnings_;
};

}  // namespace haina
