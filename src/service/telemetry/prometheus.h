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
  void committed(double seconds);                            // one transaction of the store
  void refused(const std::string& reason);                   // a limit kept somebody out: one of kRefusals
  // What is read at the moment when the metrics are asked for. Negative: unknown.
  struct State {
    int64_t waiting_events = 0, waiting_tasks = 0, waiting_impressions = 0;  // of the commit queue
    int64_t waiting_work = 0;                                                // of the workers
    int64_t store_bytes = -1;
    double model_age_seconds = -1;
    int64_t live_users = 0, live_items = 0, events_without_item = 0;
    uint64_t spans_sent = 0, spans_dropped = 0;
  };
  void set(const State& state);
  std::string text() const;

  static constexpr const char* kRefusals[] = {"rate",        "peer_connections", "connections",
                                              "body_budget", "body_size",        "header_size",
                                              "deadline",    "workers",          "queue"};

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace haina
