// Errors as a client meets them: application/problem+json (RFC 9457) with the mend.
#pragma once

#include "service/http/http_server.h"

namespace haina {

HttpResponse problem(int status, const std::string& what, const std::string& mend, const std::string& at = "");
HttpResponse problem(const Error& error);

}  // namespace haina
