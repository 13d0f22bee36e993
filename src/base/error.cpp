#include "base/error.h"

#include <cstdio>
#include <cstdlib>

namespace haina {

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 2;
    case ErrorCode::kNotFound:
      return 3;
    case ErrorCode::kBadData:
      return 4;
    case ErrorCode::kIo:
      return 5;
    case ErrorCode::kUnsupported:
      return 6;
    case ErrorCode::kInterrupted:
      return 130;
  }
  return 1;
}

std::string to_text(const Error& error) {
  std::string text = error.at.empty() ? error.what : error.at + ": " + error.what;
  return text + "\n  hint: " + error.hint;
}

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);  // style-exception: last words
  std::abort();                                                                   // style-exception: our own mistake
}

}  // namespace haina
