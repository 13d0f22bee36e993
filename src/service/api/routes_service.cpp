// The service itself: health, metrics, its description, and the overview that the console shows.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/clock.h"
#include "engine/engine_slot.h"
#include "service/api/route.h"
#include "service/api/router.h"
#include "service/api/schemas.h"
#include "service/http/sentence_code.h"
#include "service/telemetry/list_outcomes.h"
#include "service/telemetry/live_stats.h"
#include "service/telemetry/prometheus.h"
#include "store/store.h"

namespace haina {
namespace {

using Json = nlohmann::json;

Json well(const Engine& engine) {
  Json document = engine.about();
  document["status"] = "ok";
  document["lack_codes"] = codes_json(document.at("lacks"));
  return document;
}

void health(Backend& backend, const RequestContext& context) {
  context.respond(json_response(200, well(*backend.engines.get())));
}

// Asks the store, in order with all that waits to be written: so the answer says that both work. A queue or a database
// that hangs is told by the route's time limit.
void ready(Backend& backend, const RequestContext& context) {
  run_between_commits(backend, context, [](Store& store, Engine& engine) -> Result<Json> {
    HAINA_OK(store.append({}));
    HAINA_OK(store.last_number());
    return well(engine);
  });
}

void overview(Backend& backend, const RequestContext& context) {
  const Json about = backend.engines.get()->about();
  const int64_t items = about.at("items"), shown = backend.outcomes.items_shown();
  context.respond(
      json_response(200, {{"schema", "haina.overview/1"},
                          {"now", now_us() / 1'000'000},
                          {"started", backend.stats.started()},
                          {"seconds_up", backend.stats.seconds_up()},
                          {"model",
                           {{"version", about.at("model")},
                            {"users", about.at("users")},
                            {"items", items},
                            {"experts", about.at("experts")}}},
                          {"lacks", about.at("lacks")},
                          {"lack_codes", codes_json(about.at("lacks"))},
                          {"events", backend.stats.events_json()},
                          {"lists", backend.stats.lists_json()},
                          {"freshness_ms", backend.stats.freshness_json()},
                          {"coverage",
                           {{"items_shown", shown},
                            {"items", items},
                            {"share", items > 0 ? static_cast<double>(shown) / static_cast<double>(items) : 0.0}}},
                          {"satisfaction", backend.outcomes.to_json()}}));
}

void metrics(Backend& backend, const RequestContext& context) {
  if (backend.read_state) {
    backend.read_state();
  }
  context.respond({.status = 200, .body = backend.metrics.text(), .content_type = "text/plain; version=0.0.4"});
}

void openapi(Backend& backend, const RequestContext& context) {
  context.respond(json_response(200, backend.api->openapi()));
}

constexpr const char* kOpenapiAnswer = R"({"type": "object", "required": ["openapi", "info", "paths"], "properties": {
  "openapi": {"type": "string"}, "info": {"type": "object", "additionalProperties": true},
  "paths": {"type": "object", "additionalProperties": true},
  "components": {"type": "object", "additionalProperties": true}}})";

}  // namespace

std::vector<Route> service_routes() {
  return {{.method = "GET",
           .path = "/healthz",
           .summary = "Answers while the process is alive, whatever its store does",
           .response = shared_schema("Health"),
           .handle = health},
          {.method = "GET",
           .path = "/readyz",
           .summary = "Answers while the service can serve lists and take events: its store and its queue work",
           .response = shared_schema("Health"),
           .seconds = 5,
           .handle = ready},
          {.method = "GET",
           .path = "/metrics",
           .summary = "The service's counters and histograms, for Prometheus",
           .needs = Scope::kRead,
           .tenants = TenantKeys::kRefused,
           .response = schema(R"({"type": "string"})"),
           .content_type = "text/plain",
           .handle = metrics},
          {.method = "GET",
           .path = "/v1/openapi.json",
           .summary = "This document",
           .response = schema(kOpenapiAnswer),
           .handle = openapi},
          {.method = "GET",
           .path = "/v1/overview",
           .summary = "The last minutes: events, lists, latency, outcomes of lists, coverage",
           .needs = Scope::kRead,
           .tenants = TenantKeys::kRefused,
           .response = shared_schema("Overview"),
           .handle = overview}};
}

}  // namespace haina
