#include "base/log.h"

#include <mutex>

namespace haina {
namespace {

struct Sink {
  std::mutex mutex;
  LogSink write;  // guarded by mutex
};

Sink& sink() {
  static Sink the_sink;
  return the_sink;
}

}  // namespace

void set_log_sink(LogSink write) {
  const std::lock_guard lock(sink().mutex);
  sink().write = std::move(write);
}

void log(LogLevel level, const std::string& text) {
  const std::lock_guard lock(sink().mutex);
  if (sink().write) {
    sink().write(level, text);
  }
}

}  // namespace haina
