// The console's files, built from web/ and held in the binary.
#pragma once

#include <string_view>

namespace haina {

struct ConsoleFile {
  std::string_view bytes;
  const char* type;  // "text/html; charset=utf-8"
  bool lasts;        // its name says what it holds, so that it never changes
};

// "/" or "/assets/…"; nullptr: there is none.
const ConsoleFile* console_file(std::string_view path);

}  // namespace haina
