// A line of the log, as text for people or as JSON for machines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/log_scope.h"

namespace haina {

enum class LogFormat { kText, kJson };

// Both replace API keys, and passwords in URLs, by "…".
// {"time": "2026-11-27T23:10:00.123456Z", "level": "warning", "message": …} and the fields, in one line. time_us: since
// 1970 UTC.
std::string json_log_line(std::string_view level, const std::string& text, const LogFields& fields, int64_t time_us);
// "warning: …" (other levels are not named), followed by the fields as name=value.
std::string text_log_line(std::string_view level, const std::string& text, const LogFields& fields);

}  // namespace haina
