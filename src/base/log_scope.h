// What the lines that a thread logs are about: the request, its trace, its tenant. The sink adds it to each line.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/log.h"

namespace haina {

// Never holds a key, nor the id of a user: a log is kept longer than what users want forgotten.
struct LogContext {
  std::string request = {}, tenant = {}, trace_id = {}, span_id = {};  // empty: unknown
};

class LogScope {
 public:
  // Until the scope ends, the thread's lines are about this. nullptr: about nothing that is known.
  explicit LogScope(std::shared_ptr<const LogContext> context);
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;
  ~LogScope();

 private:
  std::shared_ptr<const LogContext> before_;
};

// Of this thread, now. A task that goes on elsewhere takes it along.
std::shared_ptr<const LogContext> log_context();

using LogFields = nlohmann::ordered_json;  // an object
// Logs a line that has these fields besides those of the thread's context.
void log_with(LogLevel level, const std::string& text, const LogFields& fields);
// For the sink, while it writes a line: all fields of that line.
LogFields log_fields();

}  // namespace haina
