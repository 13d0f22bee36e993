// Progress of long work. Implementations show it: a bar on a terminal, a line every 10 s elsewhere, nothing in tests.
#pragma once

#include <cstdint>
#include <string>

namespace haina {

class Progress {
 public:
  virtual ~Progress() = default;
  // A new stage begins: "read ratings.csv". total: units of work, 0 when unknown.
  virtual void start(const std::string& stage, int64_t total) = 0;
  // `done` units are finished; `note` is shown after the bar ("loss 0.6728").
  virtual void update(int64_t done, const std::string& note) = 0;
  virtual void finish() = 0;
  // A permanent line: "Epoch [1/10], Step [10/64], Loss: 0.6728".
  virtual void line(const std::string& text) = 0;
};

// Shows nothing.
Progress& no_progress();

}  // namespace haina
