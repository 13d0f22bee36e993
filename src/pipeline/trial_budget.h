// What the search for an expert's settings may still spend: a number of events to fit, or time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "experts/expert.h"

namespace haina {

class TrialBudget {
 public:
  using Clock = std::chrono::steady_clock;
  // Every variant; on a path, the steps that ParameterPath::always_max and always_below allow for so many events. The
  // same data thus give the same trials on every machine.
  static TrialBudget by_work(int64_t events) { return {events, std::nullopt}; }
  // Whatever ends before the deadline, as far as earlier trials tell.
  static TrialBudget by_time(int64_t events, Clock::time_point deadline) { return {events, deadline}; }

  // Whether a trial that takes so long fits.
  bool covers(double seconds) const {
    return !deadline_ || std::chrono::duration<double>(*deadline_ - Clock::now()).count() > seconds;
  }
  // Whether a step to `value` fits, where the last trial took `seconds`.
  bool covers_step(const ParameterPath& path, double value, bool up, double seconds) const {
    if (deadline_) {
      return covers(seconds * (up ? path.cost : 1));
    }
    return value <= path.always_max && value * static_cast<double>(events_) < path.always_below;
  }

 private:
  TrialBudget(int64_t events, std::optional<Clock::time_point> deadline) : events_(events), deadline_(deadline) {}
  int64_t events_;
  std::optional<Clock::time_point> deadline_;
};

}  // namespace haina
