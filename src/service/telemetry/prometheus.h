// The service's counters and histograms, in Prometheus' text format.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace haina {

class Metrics {
 public:
  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  ~Metrics();
  // Any thread may call these. `route` is the route's pattern, not the path that a client sent: otherwise clients could
  // create any number of series.
  void answered(const std::string& method, const std::string& route, int status, double seconds);
  void events_received(int64_t accepted, int64_t known);
  void messages_skipped(int64_t unreadable);  // Kafka messages
  enum class List { kMade, kFromCache };
  void list_given(List how);
  void feedback_received(const std::string& kind);
  void rows_dropped(const std::string& kind, int64_t rows);  // by [keep]; kind: events or lists
  std::string text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace haina
