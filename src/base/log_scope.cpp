#include "base/log_scope.h"

#include <utility>

namespace haina {
namespace {

std::shared_ptr<const LogContext>& current() {
  thread_local std::shared_ptr<const LogContext> context;
  return context;
}

const LogFields*& fields_of_line() {
  thread_local const LogFields* fields = nullptr;
  return fields;
}

}  // namespace

LogScope::LogScope(std::shared_ptr<const LogContext> context) : before_(std::exchange(current(), std::move(context))) {}

LogScope::~LogScope() { current() = std::move(before_); }

std::shared_ptr<const LogContext> log_context() { return current(); }

void log_with(LogLevel level, const std::string& text, const LogFields& fields) {
  const LogFields* const before = std::exchange(fields_of_line(), &fields);
  log(level, text);
  fields_of_line() = before;
}

LogFields log_fields() {
  LogFields all = LogFields::object();
  if (const auto& context = current()) {
    const std::pair<const char*, const std::string&> values[] = {{"request", context->request},
                                                                 {"tenant", context->tenant},
                                                                 {"trace_id", context->trace_id},
                                                                 {"span_id", context->span_id}};
    for (const auto& [name, value] : values) {
      if (!value.empty()) {
        all[name] = value;
      }
    }
  }
  if (fields_of_line() != nullptr) {
    all.update(*fields_of_line());
  }
  return all;
}

}  // namespace haina
