// What every input must keep, whatever it is: a broken promise ends the fuzzer.
#pragma once

#include <cstdio>
#include <cstdlib>

#include "base/error.h"

namespace haina {

inline void promise(bool kept, const char* what) {
  if (!kept) {
    std::fprintf(stderr, "a promise is broken: %s\n", what);
    std::abort();
  }
}

inline void promise_error(const Error& error) {
  promise(!error.what.empty() && !error.hint.empty(), "every error says what is wrong and how to fix it");
}

}  // namespace haina
