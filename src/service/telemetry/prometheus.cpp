#include "service/telemetry/prometheus.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace haina {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.015,
                                                          0.025,  0.05,  0.1,   0.25,  1,    5};

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
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {
  events_received(0, 0);  // so that the series exist before the first event
  families_->lists.Add({{"how", "made"}});
  families_->lists.Add({{"how", "cache"}});
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

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(families_->registry.Collect()); }

}  // namespace haina
