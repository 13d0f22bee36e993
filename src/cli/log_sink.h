// Where the program's warnings and notes go: stderr, as text for people or as JSON lines for machines.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "service/telemetry/log_line.h"

namespace haina {

// "auto", "text" or "json"; auto is text where stderr is a terminal.
LogFormat log_format_of(const std::string& name);
// Lines from now on have this form; before the first call: text. Any thread.
void use_log_format(LogFormat format);
// Writes one line with the fields of the thread's LogScope; drops those of the level kDebug. Any thread.
void write_log(LogLevel level, const std::string& text);
// The error that ends the program.
void write_last_error(const Error& error);

// Progress as lines of the log: for JSON lines, which bars and numbers would spoil.
class LoggedProgress final : public Progress {
 public:
  void start(const std::string& stage, int64_t total) override;
  void update(int64_t, const std::string&) override {}
  void finish() override {}
  void line(const std::string& text) override { log_info(text); }
};

}  // namespace haina
