#include "service/retention.h"

#include <fmt/format.h>

#include <future>
#include <limits>
#include <utility>

#include "base/clock.h"
#include "base/log.h"

namespace haina {
namespace {

constexpr int64_t kDayUs = int64_t{86'400'000'000};
constexpr int64_t kNoBound = std::numeric_limits<int64_t>::max() / 2;

// The time before which rows are too old; that of no row where days is 0.
int64_t oldest_kept(int64_t days) { return days == 0 ? std::numeric_limits<int64_t>::min() : now_us() - days * kDayUs; }

}  // namespace

Retention::Retention(KeepConfig keep, CommitQueue& queue, OnDropped on_dropped, Pace pace)
    : keep_(std::move(keep)), queue_(queue), on_dropped_(std::move(on_dropped)), pace_(pace), thread_([this] {
        run();
      }) {}

Retention::~Retention() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  ended_.notify_one();
  thread_.join();
}

bool Retention::wait_for(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !ended_.wait_for(lock, time, [this] { return ending_; });
}

void Retention::run() {
  for (bool on = wait_for(pace_.first); on; on = wait_for(pace_.every)) {
    pass();
  }
}

void Retention::pass() {
  if (keep_.events_days > 0) {
    in_steps("events",
             [&, after = int64_t{0}, before = oldest_kept(keep_.events_days)](Store& store) mutable -> Result<Step> {
               HAINA_TRY(const Store::Dropped dropped, store.drop_old_events(before, after, pace_.step));
               const bool is_last = dropped.last == after;
               after = dropped.last;
               return Step{.rows = dropped.rows, .is_last = is_last};
             });
  }
  if (keep_.lists_days > 0 || keep_.lists > 0) {
    const int64_t most = keep_.lists == 0 ? kNoBound : keep_.lists;
    in_steps("lists", [&, most, before = oldest_kept(keep_.lists_days)](Store& store) -> Result<Step> {
      HAINA_TRY(const int64_t rows, store.drop_old_lists(before, most, pace_.step));
      return Step{.rows = rows, .is_last = rows == 0};
    });
  }
}

void Retention::in_steps(const char* kind, const std::function<Result<Step>(Store&)>& next) {
  int64_t rows = 0;
  do {
    std::promise<Result<Step>> promise;
    if (!queue_.run_between_commits([&](Store& store) { promise.set_value(next(store)); })) {
      continue;  // the line is full: later, as after any step
    }
    const Result<Step> step = promise.get_future().get();
    if (!step) {
      log_warning(fmt::format("old {} stay in the store for now: {}", kind, step.error().what));
      break;
    }
    if (step->rows > 0) {
      rows += step->rows;
      on_dropped_(kind, step->rows);
    }
    if (step->is_last) {
      break;
    }
  } while (wait_for(pace_.pause));
  if (rows > 0) {
    log_info(fmt::format("[keep] deleted {} rows of old {} from the store", rows, kind));
  }
}

}  // namespace haina
