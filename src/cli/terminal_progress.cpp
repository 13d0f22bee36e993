#include "cli/terminal_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace haina {

using Clock = std::chrono::steady_clock;

TerminalProgress::TerminalProgress() {
  const char* const term = std::getenv("TERM");
  is_terminal_ = isatty(STDERR_FILENO) != 0 && term != nullptr && std::string_view(term) != "dumb";
}

void TerminalProgress::start(const std::string& stage, int64_t total) {
  stage_ = stage;
  total_ = total;
  started_ = Clock::now();
  shown_ = started_;
}

void TerminalProgress::update(int64_t done, const std::string& note) {
  const Clock::time_point now = Clock::now();
  if (now - shown_ < (is_terminal_ ? std::chrono::milliseconds(100) : std::chrono::seconds(10))) {
    return;
  }
  shown_ = now;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const double rate = static_cast<double>(done) / std::max(1e-9, seconds);
  std::string text = fmt::format("{}: {}", stage_, done);
  if (total_ > 0) {
    const int filled = static_cast<int>(20 * std::min(done, total_) / total_);
    text = fmt::format("{} [{}{}] {}/{}, {:.0f} s left", stage_, std::string(static_cast<size_t>(filled), '#'),
                       std::string(static_cast<size_t>(20 - filled), '.'), done, total_,
                       static_cast<double>(total_ - done) / std::max(1e-9, rate));
  }
  text += fmt::format(", {:.0f}/s {}", rate, note);
  std::fprintf(stderr, is_terminal_ ? "\r\033[K%s" : "%s\n", text.c_str());
}

void TerminalProgress::finish() { clear(); }

void TerminalProgress::line(const std::string& text) {
  clear();
  std::fprintf(stderr, "%s\n", text.c_str());
}

void TerminalProgress::clear() {
  if (is_terminal_) {
    std::fputs("\r\033[K", stderr);
  }
}

}  // namespace haina
