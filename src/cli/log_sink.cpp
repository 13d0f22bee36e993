#include "cli/log_sink.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "base/clock.h"

namespace haina {
namespace {

std::atomic<LogFormat> format_in_use = LogFormat::kText;

}  // namespace

LogFormat log_format_of(const std::string& name) {
  return name == "json" || (name != "text" && ::isatty(STDERR_FILENO) == 0) ? LogFormat::kJson : LogFormat::kText;
}

void use_log_format(LogFormat format) { format_in_use = format; }

void write_log(LogLevel level, const std::string& text) {
  if (level == LogLevel::kDebug) {
    return;
  }
  const char* const name = level == LogLevel::kWarning ? "warning" : "info";
  const std::string line = format_in_use == LogFormat::kJson ? json_log_line(name, text, log_fields(), now_us())
                                                             : text_log_line(name, text, log_fields());
  std::fprintf(stderr, "%s\n", line.c_str());
}

void write_last_error(const Error& error) {
  const std::string text = to_text(error);
  std::fprintf(stderr, "%s\n",
               format_in_use == LogFormat::kJson ? json_log_line("error", text, {}, now_us()).c_str() : text.c_str());
}

void LoggedProgress::start(const std::string& stage, int64_t total) {
  if (total > 0) {
    log_info(stage);
  }
}

}  // namespace haina
