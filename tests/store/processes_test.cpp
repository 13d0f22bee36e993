// Several processes on one SQLite file, as with haina keys beside haina serve.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "store/store.h"
#include "store_fixture.h"

namespace haina {
namespace {

class StoreProcesses : public StoreTest {
 protected:
  fs::path file() const { return url_.substr(9); }
  // How many events a process of its own finds; it opens the file and leaves it.
  int64_t events_elsewhere() const {
    const fs::path out = folder_ / "count";
    const std::string command = fmt::format(
        "{} -c \"import sqlite3; c = sqlite3.connect('{}'); "
        "print(c.execute('SELECT count(*) FROM events').fetchone()[0]); c.close()\" > {}",
        HAINA_PYTHON, file().string(), out.string());
    EXPECT_EQ(std::system(command.c_str()), 0);
    std::ifstream count(out);
    int64_t events = -1;
    count >> events;
    return events;
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, StoreProcesses, testing::Values("sqlite"),
                         [](const auto& info) { return std::string(info.param); });

// A service has several sessions. When another process leaves the store, the write-ahead log must stay: what the
// service wrote to a deleted one was seen by nobody else, and was lost where the service was killed.
TEST_P(StoreProcesses, OneThatLeavesTakesNothingFromOneThatWrites) {
  Store writer = open();
  Store reader = open();
  ASSERT_TRUE(writer.append({{{.user = "u", .item = "a"}}}));
  EXPECT_EQ(events_elsewhere(), 1);
  EXPECT_TRUE(fs::exists(file().string() + "-wal")) << "the log of the service is gone";
  ASSERT_TRUE(writer.append({{{.user = "u", .item = "b"}}}));
  EXPECT_EQ(events_elsewhere(), 2) << "an acknowledged event is in no file";
  Store third = open();
  EXPECT_EQ(events_elsewhere(), 2);
  EXPECT_TRUE(fs::exists(file().string() + "-wal"));
}

}  // namespace
}  // namespace haina
