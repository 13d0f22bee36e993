// One call of the API, as its log lines, its span and its answer's headers tell of it; for the source files of Api
// alone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/log_scope.h"
#include "service/api/route.h"
#include "service/api/router.h"
#include "service/telemetry/trace_context.h"

namespace haina {

struct Api::Call {
  LogContext about;  // the request's id, its tenant, its trace
  TraceContext trace;
  const Route* route = nullptr;
  std::string method, peer;
  int64_t begin_us = 0;  // since 1970 UTC
};

}  // namespace haina
