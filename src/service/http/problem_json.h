// Errors as clients get them: application/problem+json (RFC 9457).
#pragma once

#include <string>

#include "base/error.h"
#include "service/http/http_server.h"

namespace haina {

// A text for an answer: of a long one, which quotes what a client sent, begin and end.
std::string quotable(const std::string& text);
// {"type", "title", "status", "detail": what, "hint", "at"?, "code", "values"}, and "mend", the deprecated name of
// "hint". The code is that of `what` (sentence_codes.def), or the title's where it has none: "not_found".
HttpResponse problem(int status, const std::string& what, const std::string& hint, const std::string& at = "");
// An error that concerns the service's own files or its store is logged, and told without paths.
HttpResponse problem(const Error& error);

}  // namespace haina
