// Errors caused by a user, a file or a network, as values. Exceptions are left to bad_alloc and third-party libraries.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace haina {

enum class ErrorCode { kInvalidArgument, kNotFound, kBadData, kIo, kUnsupported, kInterrupted };

struct Error {
  ErrorCode code;    // decides the exit code, the HTTP status and the Python exception
  std::string what;  // what is wrong, with the value that is wrong
  std::string at;  // place in the user's input, "ratings.csv:1042:17", 1-based (binary: byte offset); empty if nowhere
  std::string hint;  // what to do now; never empty
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline Status ok() { return {}; }
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

// CLI exit code of an error: 2 invalid argument, 3 not found, 4 bad data, 5 input/output, 6 unsupported, 130
// interrupted.
int exit_code(ErrorCode code);
// "at: what\n  hint: …", the form in which errors are printed.
std::string to_text(const Error& error);

// Ends the program with file and line: for programming errors, never for input.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace haina

#define HAINA_CONCAT_(a, b) a##b
#define HAINA_CONCAT(a, b) HAINA_CONCAT_(a, b)
// HAINA_TRY(const auto table, read(path)); declares `table`, or returns the error unchanged.
#define HAINA_TRY(declaration, expression) HAINA_TRY_(declaration, expression, HAINA_CONCAT(haina_try_, __LINE__))
#define HAINA_TRY_(declaration, expression, name)                                                                      \
  auto name = (expression);                                                                                            \
  if (!name) return ::haina::fail(std::move(name).error()); /*NOLINT(readability-braces-around-statements): one line*/ \
  declaration = std::move(*name)
// HAINA_OK(write(path)); returns the error, if any.
#define HAINA_OK(expression)                             \
  do {                                                   \
    if (auto haina_ok = (expression); !haina_ok) {       \
      return ::haina::fail(std::move(haina_ok).error()); \
    }                                                    \
  } while (false)

#ifdef HAINA_ASSERTS
#define HAINA_ASSERT(expression) \
  (static_cast<bool>(expression) ? void(0) : ::haina::assertion_failed(#expression, __FILE__, __LINE__))
#else
#define HAINA_ASSERT(expression) void(sizeof(static_cast<bool>(expression)))
#endif
