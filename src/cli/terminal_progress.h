// Progress on stderr: a bar with rate and time left on a terminal; elsewhere the lines that stay, and a line every 10
// s.
#pragma once

#include <chrono>

#include "base/progress.h"

namespace haina {

class TerminalProgress final : public Progress {
 public:
  TerminalProgress();
  void start(const std::string& stage, int64_t total) override;
  void update(int64_t done, const std::string& note) override;
  void finish() override;
  void line(const std::string& text) override;

 private:
  void clear();
  bool is_terminal_;
  std::string stage_;
  int64_t total_ = 0;
  std::chrono::steady_clock::time_point started_, shown_;
};

}  // namespace haina
