// Progress of a training as a whole: "stage 3 of 5: fit the ranker (about 40 s left in all)".
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/progress.h"

namespace haina {

struct TrainingStage {
  std::string name;
  double expected = 0;  // seconds, or any other unit that all stages share
};

// Passes everything on to another progress, with the stage's number before and the time left in all behind.
class TrainingStages final : public Progress {
 public:
  enum class Unit { kSeconds, kShares };  // of the expectations; the first stage turns shares into seconds
  TrainingStages(Progress& shown, std::vector<TrainingStage> stages, Unit unit);
  // The next stage begins.
  void next();
  // What a later stage will take, in seconds, once more is known.
  void expect(const std::string& stage, double seconds);
  // Seconds until the last stage ends; below 0 where nothing is known yet.
  double left() const;

  void start(const std::string& stage, int64_t total) override;
  void update(int64_t done, const std::string& note) override;
  void finish() override { shown_.finish(); }
  void line(const std::string& text) override { shown_.line(text); }

 private:
  using Clock = std::chrono::steady_clock;
  double seconds_per_unit() const;  // 0: not known yet
  std::string title() const;

  Progress& shown_;
  std::vector<TrainingStage> stages_;
  Unit unit_;
  size_t begun_ = 0;  // stages that have begun; the last of them runs
  double spent_ = 0;  // seconds of the stages that have ended
  Clock::time_point started_ = Clock::now();
  double done_ = 0;  // share of the stage that runs
  int64_t total_ = 0;
};

// "40 s", "3 min", "2.5 h".
std::string duration_text(double seconds);

}  // namespace haina
