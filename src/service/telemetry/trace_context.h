// W3C Trace Context: which trace a request belongs to, and which span of it the request is here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace haina {

struct TraceContext {
  std::string trace_id;   // 32 lower-case hexadecimal digits
  std::string span_id;    // 16: of this service's span
  std::string parent_id;  // 16: of the caller's span; empty: the trace begins here
  bool sampled = true;    // whether the trace is recorded
  // "00-TRACE-SPAN-01", for answers and for calls of others.
  std::string traceparent() const;
};

// A new span: of the trace of the caller's `traceparent`, or of a new trace where it has none that can be read (as the
// standard asks). Any thread.
TraceContext new_span(std::string_view traceparent);

}  // namespace haina
