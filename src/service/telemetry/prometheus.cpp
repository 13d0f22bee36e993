#include "service/telemetry/prometheus.h"

#include <malloc.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <fstream>
#include <utility>

namespace haina {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.015,
                                                          0.025,  0.05,  0.1,   0.25,  1,    5};

// Of this process; 0 where the system does not say.
int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  int64_t all = 0, resident = 0;
  file >> all >> resident;
  return file ? resident * ::sysconf(_SC_PAGESIZE) : 0;
}

}  // namespace

struct Metrics::Families {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("haina_requests_total")
                                                          .Help("Requests answered, by route and status")
                                                          .Register(registry);
  prometheus::Family<prometheus::Histogram>& seconds = prometheus::BuildHistogram()
                                                           .Name("haina_request_seconds")
                                                           .Help("Time from a request read to its answer, by route")
                                                           .Register(registry);
  prometheus::Family<prometheus::Counter>& events = prometheus::BuildCounter()
                                                        .Name("haina_events_total")
                                                        .Help("Events received: accepted, or known already by their id")
                                                        .Register(registry);
  prometheus::Family<prometheus::Counter>& lists = prometheus::BuildCounter()
                                                       .Name("haina_lists_total")
                                                       .Help("Lists served: computed, or from the cache")
                                                       .Register(registry);
  prometheus::Family<prometheus::Counter>& skipped = prometheus::BuildCounter()
                                                         .Name("haina_messages_skipped_total")
                                                         .Help("Kafka messages that could not be read")
                                                         .Register(registry);
  prometheus::Family<prometheus::Counter>& feedback =
      prometheus::BuildCounter().Name("haina_feedback_total").Help("Feedback on lists, by kind").Register(registry);
  prometheus::Family<prometheus::Counter>& dropped = prometheus::BuildCounter()
                                                         .Name("haina_rows_dropped_total")
                                                         .Help("Rows that [keep] deleted from the store, by kind")
                                                         .Register(registry);
  prometheus::Family<prometheus::Histogram>& commits = prometheus::BuildHistogram()
                                                           .Name("haina_commit_seconds")
                                                           .Help("Time of a transaction of the store, or of a change")
                                                           .Register(registry);
  prometheus::Family<prometheus::Counter>& refusals =
      prometheus::BuildCounter()
          .Name("haina_refusals_total")
          .Help("Requests and connections that a limit kept out, by the limit")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& spans = prometheus::BuildCounter()
                                                       .Name("haina_spans_total")
                                                       .Help("Spans of traces: sent to the collector, or dropped")
                                                       .Register(registry);
  prometheus::Family<prometheus::Gauge>& model_age =
      gauge("haina_model_age_seconds", "Time since the version in use was trained");
  prometheus::Family<prometheus::Gauge>& queue =
      gauge("haina_queue_depth", "What waits for the store or a worker, by kind");
  prometheus::Family<prometheus::Gauge>& store = gauge("haina_store_bytes", "Size of the store's database on the disk");
  prometheus::Family<prometheus::Gauge>& memory =
      gauge("haina_memory_bytes", "Memory of the process: resident, and given out by its allocator");
  prometheus::Family<prometheus::Gauge>& live =
      gauge("haina_live_entries", "What the engine holds since training, by kind");

 private:
  prometheus::Family<prometheus::Gauge>& gauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {
  events_received(0, 0);  // so that the series exist before the first event
  families_->lists.Add({{"how", "made"}});
  families_->lists.Add({{"how", "cache"}});
  families_->commits.Add({}, kSeconds);
  for (const char* const reason : kRefusals) {
    families_->refusals.Add({{"reason", reason}});
  }
}
Metrics::~Metrics() = default;

void Metrics::answered(const std::string& method, const std::string& route, int status, double seconds) {
  families_->requests.Add({{"method", method}, {"route", route}, {"status", std::to_string(status)}}).Increment();
  families_->seconds.Add({{"method", method}, {"route", route}}, kSeconds).Observe(seconds);
}

void Metrics::events_received(int64_t accepted, int64_t known) {
  families_->events.Add({{"was", "accepted"}}).Increment(static_cast<double>(accepted));
  families_->events.Add({{"was", "known"}}).Increment(static_cast<double>(known));
}

void Metrics::messages_skipped(int64_t unreadable) {
  families_->skipped.Add({}).Increment(static_cast<double>(unreadable));
}

void Metrics::list_given(List how) {
  families_->lists.Add({{"how", how == List::kMade ? "made" : "cache"}}).Increment();
}

void Metrics::feedback_received(const std::string& kind) { families_->feedback.Add({{"kind", kind}}).Increment(); }

void Metrics::rows_dropped(const std::string& kind, int64_t rows) {
  families_->dropped.Add({{"kind", kind}}).Increment(static_cast<double>(rows));
}

void Metrics::committed(double seconds) { families_->commits.Add({}, kSeconds).Observe(seconds); }

void Metrics::refused(const std::string& reason) { families_->refusals.Add({{"reason", reason}}).Increment(); }

void Metrics::set(const State& state) {
  const auto set = [](prometheus::Family<prometheus::Gauge>& family, const prometheus::Labels& labels, auto value) {
    family.Add(labels).Set(static_cast<double>(value));
  };
  set(families_->queue, {{"kind", "events"}}, state.waiting_events);
  set(families_->queue, {{"kind", "changes"}}, state.waiting_tasks);
  set(families_->queue, {{"kind", "impressions"}}, state.waiting_impressions);
  set(families_->queue, {{"kind", "work"}}, state.waiting_work);
  if (state.store_bytes >= 0) {
    set(families_->store, {}, state.store_bytes);
  }
  if (state.model_age_seconds >= 0) {
    set(families_->model_age, {}, state.model_age_seconds);
  }
  set(families_->live, {{"kind", "users"}}, state.live_users);
  set(families_->live, {{"kind", "items"}}, state.live_items);
  set(families_->live, {{"kind", "events_without_item"}}, state.events_without_item);
  set(families_->memory, {{"kind", "resident"}}, resident_bytes());
  set(families_->memory, {{"kind", "allocated"}}, ::mallinfo2().uordblks);
  for (const auto& [was, total] : {std::pair("sent", state.spans_sent), std::pair("dropped", state.spans_dropped)}) {
    prometheus::Counter& counter = families_->spans.Add({{"was", was}});
    counter.Increment(static_cast<double>(total) - counter.Value());
  }
}

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(families_->registry.Collect()); }

}  // namespace haina
