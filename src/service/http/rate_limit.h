// Token buckets: limits the requests per second of each sender; a burst may use the tokens of one second.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace haina {

class RateLimit {
 public:
  // per_second 0: no limit.
  explicit RateLimit(double per_second) : per_second_(per_second) {}
  // Whether the sender may send one more request now. Any thread.
  bool take(const std::string& sender) {
    if (per_second_ <= 0) {
      return true;
    }
    const auto now = std::chrono::steady_clock::now();
    const std::scoped_lock lock(mutex_);
    if (buckets_.size() > kMostSenders) {  // a bucket that is full again need not be stored
      std::erase_if(buckets_, [&](const auto& entry) { return now - entry.second.at > std::chrono::seconds(2); });
    }
    const double most = std::max(1.0, per_second_);
    const auto [found, is_new] = buckets_.try_emplace(sender, Bucket{most, now});
    Bucket& bucket = found->second;
    bucket.tokens =
        std::min(most, bucket.tokens + per_second_ * std::chrono::duration<double>(now - bucket.at).count());
    bucket.at = now;
    if (bucket.tokens < 1) {
      return false;
    }
    bucket.tokens -= 1;
    return true;
  }

 private:
  static constexpr size_t kMostSenders = 10'000;
  struct Bucket {
    double tokens;
    std::chrono::steady_clock::time_point at;
  };
  double per_second_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;  // guarded by mutex_
};

}  // namespace haina
