// Progress on stderr. On a terminal: a bar with rate and time left. Elsewhere: permanent lines, and one line every 10
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
