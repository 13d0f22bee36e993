// Warnings and notes for the user. Library code calls log(); the program (CLI, service) sets the sink that writes them.
#pragma once

#include <functional>
#include <string>

namespace haina {

enum class LogLevel { kDebug, kInfo, kWarning };
using LogSink = std::function<void(LogLevel, const std::string&)>;

// Replaces the sink (default: drops everything). Call once, before work starts.
void set_log_sink(LogSink sink);
void log(LogLevel level, const std::string& text);
inline void log_info(const std::string& text) { log(LogLevel::kInfo, text); }
inline void log_warning(const std::string& text) { log(LogLevel::kWarning, text); }

}  // namespace haina
