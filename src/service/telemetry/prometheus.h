// What the service counts of itself, in Prometheus' text format.
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
  // All of these may be called by any thread. `route` is the pattern of the table, never what a client sent.
  void answered(const std::string& method, const std::string& route, int status, double seconds);
  void events_taken(int64_t accepted, int64_t known);
  void messages_skipped(int64_t unreadable);  // of Kafka
  enum class List { kMade, kFromCache };
  void list_given(List how);
  void feedback_told(const std::string& kind);
  std::string text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace haina
