// The last ten minutes of a service, for its console: rates of events and lists, and how long they took.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

namespace haina {

class LiveStats {
 public:
  LiveStats();
  // Any thread may call these.
  void events(int64_t count, double seconds);  // seconds from their arrival until the next list uses them
  void events_in(int64_t count);               // from a topic: the delay is unknown
  void list(double seconds, bool from_cache);
  nlohmann::json events_json() const;              // {"total", "per_second", "window_s", "series": [{"t", "n"}]}
  nlohmann::json lists_json() const;               // with "cache_share", "p50_ms", "p99_ms"
  nlohmann::json freshness_json() const;           // {"p50", "p99"} in ms, "window_s"
  int64_t started() const { return started_at_; }  // seconds since 1970
  int64_t seconds_up() const;

 private:
  static constexpr int64_t kTick = 5;      // seconds
  static constexpr size_t kTicks = 120;    // ten minutes
  static constexpr size_t kSamples = 512;  // kept of a tick, for percentiles
  struct Tick {
    int64_t number = -1;  // seconds since 1970 / kTick
    int64_t events = 0, lists = 0, cached = 0;
    std::vector<float> list_ms, fresh_ms;
  };
  Tick& current();  // under the lock
  // A percentile over the last `ticks`; null if there are no samples.
  nlohmann::json percentile(double share, size_t ticks, std::vector<float> Tick::* samples) const;
  std::vector<const Tick*> recent(size_t ticks) const;

  mutable std::mutex mutex_;  // guards all below
  std::array<Tick, kTicks> ticks_;
  int64_t events_ = 0, lists_ = 0, cached_ = 0;
  const int64_t started_at_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace haina
