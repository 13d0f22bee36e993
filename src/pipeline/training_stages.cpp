#include "pipeline/training_stages.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace haina {
namespace {

constexpr double kKnownFrom = 0.02;  // share of a stage from which its speed says something

}  // namespace

TrainingStages::TrainingStages(Progress& shown, std::vector<TrainingStage> stages, Unit unit)
    : shown_(shown), stages_(std::move(stages)), unit_(unit) {}

void TrainingStages::next() {
  const Clock::time_point now = Clock::now();
  if (begun_ > 0) {
    spent_ += std::chrono::duration<double>(now - started_).count();
  }
  started_ = now;
  done_ = 0;
  total_ = 0;
  begun_ = std::min(begun_ + 1, stages_.size());
  const double seconds = left();
  shown_.line(title() + (seconds < 0 ? "" : fmt::format(" (about {} left in all)", duration_text(seconds))));
}

void TrainingStages::expect(const std::string& stage, double seconds) {
  const double unit = seconds_per_unit();
  const auto found = std::ranges::find(stages_, stage, &TrainingStage::name);
  if (found != stages_.end() && unit > 0) {
    found->expected = seconds / unit;
  }
}

double TrainingStages::left() const {
  const double unit = seconds_per_unit();
  if (unit == 0 || begun_ == 0) {
    return -1;
  }
  const double running = std::chrono::duration<double>(Clock::now() - started_).count();
  const double whole = stages_[begun_ - 1].expected * unit;
  double seconds = done_ > kKnownFrom ? running / done_ * (1 - done_) : std::max(0.0, whole - running);
  for (size_t s = begun_; s < stages_.size(); ++s) {
    seconds += stages_[s].expected * unit;
  }
  return seconds;
}

void TrainingStages::start(const std::string& stage, int64_t total) {
  total_ = total;
  shown_.start(begun_ == 0 ? stage : title(), total);
}

void TrainingStages::update(int64_t done, const std::string& note) {
  done_ = total_ > 0 ? static_cast<double>(std::min(done, total_)) / static_cast<double>(total_) : 0;
  const double seconds = left();
  const std::string in_all = seconds < 0 ? "" : fmt::format("about {} left in all", duration_text(seconds));
  shown_.update(done, note.empty() || in_all.empty() ? note + in_all : note + ", " + in_all);
}

// What the stages that have ended took, the running one added as far as it is done, against what was expected of them.
double TrainingStages::seconds_per_unit() const {
  double expected = 0;
  double seconds = spent_;
  for (size_t s = 0; s + 1 < begun_; ++s) {
    expected += stages_[s].expected;
  }
  if (begun_ > 0 && done_ > kKnownFrom) {
    expected += stages_[begun_ - 1].expected * done_;
    seconds += std::chrono::duration<double>(Clock::now() - started_).count();
  }
  if (expected > 0) {
    return seconds / expected;
  }
  return unit_ == Unit::kSeconds ? 1 : 0;
}

std::string TrainingStages::title() const {
  return fmt::format("stage {} of {}: {}", begun_, stages_.size(), stages_[begun_ - 1].name);
}

std::string duration_text(double seconds) {
  if (seconds < 90) {
    return fmt::format("{:.0f} s", seconds);
  }
  return seconds < 5400 ? fmt::format("{:.0f} min", seconds / 60) : fmt::format("{:.1f} h", seconds / 3600);
}

}  // namespace haina
