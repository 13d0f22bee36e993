// Shared by tests on published splits: the data folder and reading files.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace haina {

inline std::string data_folder() {
  const char* const set = std::getenv("HAINA_DATA");
  return set != nullptr ? set : fmt::format("{}/../shared/data", HAINA_SOURCE_DIR);
}

inline bool present(const std::string& path) { return std::ifstream(path).good(); }

// The text of a file, decompressed if it is gzip.
inline std::string read_text(const std::string& path) {
  std::string text;
  FILE* const pipe = popen(fmt::format("gzip -dcf '{}'", path).c_str(), "r");
  char buffer[1 << 16];
  while (const size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) {
    text.append(buffer, n);
  }
  pclose(pipe);
  return text;
}

}  // namespace haina
