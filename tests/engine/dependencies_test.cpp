// The engine is linked alone here: it must not need the libraries of the service.
#include <gtest/gtest.h>
#include <link.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "small_shop.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string>& service_libraries() {
  static const std::vector<std::string> names = {"boost", "rdkafka", "prometheus"};
  return names;
}

TEST(EngineDependencies, NoServiceLibraryIsLoaded) {
  EXPECT_TRUE(shop_engine().has_item("i0"));  // so that the engine is linked into this binary
  std::vector<std::string> loaded;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* names) {
        static_cast<std::vector<std::string>*>(names)->emplace_back(info->dlpi_name);
        return 0;
      },
      &loaded);
  EXPECT_GT(loaded.size(), 5U);  // libtorch and its libraries at least
  for (const std::string& path : loaded) {
    for (const std::string& name : service_libraries()) {
      EXPECT_EQ(fs::path(path).filename().string().find("lib" + name), std::string::npos) << path;
    }
  }
}

// Header-only use, as of Boost.Asio, leaves no trace in the binary: every project header that src/engine includes,
// directly or not, is read.
TEST(EngineDependencies, NoServiceHeaderIsIncluded) {
  const fs::path root = fs::path(HAINA_SOURCE_DIR) / "src";
  std::vector<fs::path> open;
  for (const fs::directory_entry& entry : fs::directory_iterator(root / "engine")) {
    open.push_back(entry.path());
  }
  ASSERT_FALSE(open.empty());
  std::set<fs::path> read;
  while (!open.empty()) {
    const fs::path path = open.back();
    open.pop_back();
    if (!read.insert(path).second) {
      continue;
    }
    std::ifstream file(path);
    ASSERT_TRUE(file) << path;
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("#include \"")) {
        open.push_back(root / line.substr(10, line.find('"', 10) - 10));
      }
      for (const std::string& name : service_libraries()) {
        EXPECT_FALSE(line.starts_with("#include <" + name)) << path << ": " << line;
      }
    }
  }
  EXPECT_GT(read.size(), 40U);
}

}  // namespace
}  // namespace haina
