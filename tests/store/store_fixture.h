// A store of each kind, empty, in a folder or a database of its own.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"
#include "temporary_postgres.h"

namespace haina {

namespace fs = std::filesystem;

inline TemporaryPostgres& postgres() {
  static TemporaryPostgres server;
  return server;
}

class StoreTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    name = name.substr(0, name.find('/'));
    folder_ = fs::temp_directory_path() / ("haina_store_" + std::to_string(::getpid()) + name);
    fs::remove_all(folder_);  // of a process with the same number that was killed
    fs::create_directories(folder_);
    url_ = "sqlite://" + (folder_ / "live.db").string();
    if (std::string(GetParam()) == "postgresql") {
      if (!postgres().why_not().empty()) {
        GTEST_SKIP() << postgres().why_not();
      }
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      url_ = postgres().database(name);
      ASSERT_FALSE(url_.empty());
    }
  }
  void TearDown() override { fs::remove_all(folder_); }
  Store open() const {
    auto store = Store::open(url_);
    EXPECT_TRUE(store) << (store ? "" : to_text(store.error()));
    return std::move(*store);
  }
  static std::vector<LiveEvent> all(Store& store) {
    std::vector<LiveEvent> events;
    EXPECT_TRUE(store.replay([&](const LiveEvent& event) { events.push_back(event); }));
    return events;
  }
  fs::path folder_;
  std::string url_;
};

}  // namespace haina
