#include "service/telemetry/live_stats.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr size_t kRecentTicks = 12;  // a minute, for rates and percentiles

int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The nearest rank, rounded up: of few samples a high percentile is the largest, never a smaller one.
Json percentile_of(std::vector<float> samples, double share) {
  if (samples.empty()) {
    return nullptr;
  }
  const auto rank = static_cast<std::ptrdiff_t>(std::ceil(share * static_cast<double>(samples.size())));
  const auto at = samples.begin() + std::clamp<std::ptrdiff_t>(rank - 1, 0, std::ssize(samples) - 1);
  std::ranges::nth_element(samples, at);
  return *at;
}

}  // namespace

LiveStats::LiveStats() : started_at_(seconds_now()) {}

LiveStats::Tick& LiveStats::current() {
  const int64_t number = seconds_now() / kTick;
  Tick& tick = ticks_[static_cast<size_t>(number) % kTicks];
  if (tick.number != number) {
    tick = {};
    tick.number = number;
  }
  return tick;
}

void LiveStats::events(int64_t count, double seconds) {
  const std::scoped_lock lock(mutex_);
  Tick& tick = current();
  tick.events += count;
  events_ += count;
  if (tick.fresh_ms.size() < kSamples) {
    tick.fresh_ms.push_back(static_cast<float>(seconds * 1000));
  }
}

void LiveStats::events_in(int64_t count) {
  const std::scoped_lock lock(mutex_);
  current().events += count;
  events_ += count;
}

void LiveStats::list(double seconds, bool from_cache) {
  const std::scoped_lock lock(mutex_);
  Tick& tick = current();
  ++tick.lists;
  ++lists_;
  tick.cached += from_cache ? 1 : 0;
  cached_ += from_cache ? 1 : 0;
  if (tick.list_ms.size() < kSamples) {
    tick.list_ms.push_back(static_cast<float>(seconds * 1000));
  }
}

std::vector<const LiveStats::Tick*> LiveStats::recent(size_t ticks) const {
  const int64_t number = seconds_now() / kTick;
  std::vector<const Tick*> found;
  for (int64_t n = number - static_cast<int64_t>(ticks) + 1; n <= number; ++n) {
    const Tick& tick = ticks_[static_cast<size_t>(n) % kTicks];
    if (tick.number == n) {
      found.push_back(&tick);
    }
  }
  return found;
}

Json LiveStats::percentile(double share, size_t ticks, std::vector<float> Tick::* samples) const {
  std::vector<float> all;
  for (const Tick* const tick : recent(ticks)) {
    all.insert(all.end(), (tick->*samples).begin(), (tick->*samples).end());
  }
  return percentile_of(std::move(all), share);
}

Json LiveStats::events_json() const {
  const std::scoped_lock lock(mutex_);
  int64_t count = 0;
  for (const Tick* const tick : recent(kRecentTicks)) {
    count += tick->events;
  }
  Json series = Json::array();
  for (const Tick* const tick : recent(kTicks)) {
    series.push_back({{"t", tick->number * kTick}, {"n", tick->events}});
  }
  return {{"total", events_},
          {"per_second", static_cast<double>(count) / (kRecentTicks * kTick)},
          {"window_s", kRecentTicks * kTick},
          {"series", series}};
}

Json LiveStats::lists_json() const {
  const std::scoped_lock lock(mutex_);
  int64_t count = 0;
  for (const Tick* const tick : recent(kRecentTicks)) {
    count += tick->lists;
  }
  Json series = Json::array();
  for (const Tick* const tick : recent(kTicks)) {
    series.push_back({{"t", tick->number * kTick}, {"n", tick->lists}, {"p99_ms", percentile_of(tick->list_ms, 0.99)}});
  }
  return {{"total", lists_},
          {"per_second", static_cast<double>(count) / (kRecentTicks * kTick)},
          {"window_s", kRecentTicks * kTick},
          {"cache_share", lists_ > 0 ? Json(static_cast<double>(cached_) / static_cast<double>(lists_)) : Json()},
          {"p50_ms", percentile(0.5, kRecentTicks, &Tick::list_ms)},
          {"p99_ms", percentile(0.99, kRecentTicks, &Tick::list_ms)},
          {"series", series}};
}

Json LiveStats::freshness_json() const {
  const std::scoped_lock lock(mutex_);
  return {{"p50", percentile(0.5, kTicks, &Tick::fresh_ms)},
          {"p99", percentile(0.99, kTicks, &Tick::fresh_ms)},
          {"window_s", kTicks * kTick}};
}

int64_t LiveStats::seconds_up() const {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_).count();
}

}  // namespace haina
