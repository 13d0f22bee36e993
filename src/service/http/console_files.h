// The console's files, built from web/ and embedded in the binary.
#pragma once

#include <string_view>

namespace haina {

struct ConsoleFile {
  std::string_view bytes;
  std::string_view brotli, gzip;  // the same compressed; empty: there is none
  const char* type;               // "text/html; charset=utf-8"
  bool lasts;                     // the name contains a hash of the content, so browsers may keep it for ever
};

// path: "/" or "/assets/…". nullptr if there is no such file.
const ConsoleFile* console_file(std::string_view path);

}  // namespace haina
