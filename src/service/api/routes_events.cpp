// Events and feedback in, and back out.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/clock.h"
#include "service/api/request_context.h"
#include "engine/engine_slot.h"
#include "service/api/event_json.h"
#include "service/http/parse_json.h"
#include "service/telemetry/live_stats.h"
#include "service/telemetry/prometheus.h"
#include "service/http/problem_json.h"
#include "service/telemetry/list_outcomes.h"
#include "store/shared_store.h"
#include "store/commit_queue.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr int64_t kMostListed = 1000;     // events read back
constexpr double kLongestDwell = 86'400;  // seconds

void post_events(Backend& backend, const Call& call) {
  const auto begun = std::chrono::steady_clock::now();
  const bool lines = call.request.content_type.starts_with("application/x-ndjson");
  Result<std::vector<LiveEvent>> events =
      lines ? parse_event_lines(call.request.body) : parse_events(call.request.body);
  if (!events) {
    call.refuse(events.error());
    return;
  }
  for (const LiveEvent& event : *events) {
    if (!call.may_touch(event.user)) {
      return;
    }
  }
  const bool taken = backend.queue.hand_in(
      std::move(*events), [&backend, begun, respond = call.respond](const Result<std::vector<bool>>& fresh) {
        if (!fresh) {
          respond(problem(fresh.error()));
          return;
        }
        const auto accepted = std::ranges::count(*fresh, true);
        backend.metrics.events_taken(accepted, std::ssize(*fresh) - accepted);
        backend.stats.events(accepted, std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
        respond(json_response(200, {{"accepted", accepted}, {"known", std::ssize(*fresh) - accepted}}));
      });
  if (!taken) {
    HttpResponse response = problem(503, "too many events wait to be written", "send them again in a second");
    response.headers.emplace_back("Retry-After", "1");
    call.respond(std::move(response));
  }
}

void get_events(Backend& backend, const Call& call) {
  const Result<int64_t> limit = call.number("limit", 50, 1, kMostListed);
  if (!limit) {
    call.refuse(limit.error());
    return;
  }
  const std::string& user = call.path.at("id");
  if (!call.may_touch(user)) {
    return;
  }
  const Result<std::vector<LiveEvent>> events =
      backend.store.with([&](Store& store) { return store.events_of(user, *limit); });
  if (!events) {
    call.refuse(events.error());
    return;
  }
  Json list = Json::array();
  for (const LiveEvent& event : *events) {
    list.push_back(to_json(event));
  }
  call.respond(json_response(200, {{"user", user}, {"events", list}}));
}

Result<Feedback> parse_feedback(const Json& body) {
  const auto wrong = [](const std::string& at, std::string what, std::string mend) {
    return fail({ErrorCode::kInvalidArgument, std::move(what), at, std::move(mend)});
  };
  static const std::vector<std::string> kinds = {"click", "like", "dislike", "dwell", "rating"};
  Feedback feedback;
  feedback.time_us = now_us();
  for (const auto& [name, value] : body.items()) {
    if (name == "value" && value.is_number()) {
      feedback.value = value;
      continue;
    }
    std::string* const into = name == "list"   ? &feedback.list
                              : name == "user" ? &feedback.user
                              : name == "item" ? &feedback.item
                              : name == "kind" ? &feedback.kind
                                               : nullptr;
    const auto text = id_in(value);
    if (into == nullptr || !text) {
      return wrong(name, fmt::format("'{}' is not what feedback has", name), "give list, user, kind, item, value");
    }
    *into = *text;
  }
  if (feedback.list.empty() || feedback.user.empty() || std::ranges::find(kinds, feedback.kind) == kinds.end()) {
    return wrong("kind", "list, user or kind is missing, or kind is unknown",
                 "kind is one of click, like, dislike, dwell, rating");
  }
  if (feedback.kind == "click" && feedback.item.empty()) {
    return wrong("item", "a click is of an item", "give its id");
  }
  if (feedback.kind == "dwell" && !(feedback.value >= 0 && feedback.value <= kLongestDwell)) {
    return wrong("value", "a dwell time is from 0 to 86400 seconds", "give seconds");
  }
  if (feedback.kind == "rating" && !(feedback.value >= 1 && feedback.value <= 5)) {
    return wrong("value", "a rating is from 1 to 5", "give 1 to 5");
  }
  return feedback;
}

void post_feedback(Backend& backend, const Call& call) {
  const Result<Json> body = call.object();
  const Result<Feedback> feedback = body ? parse_feedback(*body) : fail(body.error());
  if (!feedback) {
    call.refuse(feedback.error());
    return;
  }
  if (!call.may_touch(feedback->user)) {
    return;
  }
  if (!backend.satisfaction.knows(feedback->list, feedback->user)) {
    call.refuse({ErrorCode::kNotFound, "no such list was given to this user of late", "list",
                 "send \"list\" as the answer of recommendations names it"});
    return;
  }
  backend.queue.between([&backend, feedback = *feedback, respond = call.respond](Store& store) {
    if (const Status kept = store.add_feedback({&feedback, 1}); !kept) {
      respond(problem(kept.error()));
      return;
    }
    backend.satisfaction.told(feedback);
    backend.metrics.feedback_told(feedback.kind);
    respond(json_response(200, {{"accepted", 1}}));
  });
}

constexpr const char* kEventsBody = R"({"type": "object", "required": ["events"], "properties": {"events": {
  "type": "array", "maxItems": 10000, "items": {"type": "object", "required": ["user", "item"],
  "additionalProperties": false, "properties": {
    "user": {"type": "string", "minLength": 1, "maxLength": 1024}, "item": {"type": "string", "minLength": 1, "maxLength": 1024},
    "action": {"type": "string"}, "value": {"type": "number"}, "id": {"type": "string"},
    "time": {"type": ["string", "number"], "description": "ISO 8601, or seconds since 1970"},
    "context": {"type": "object"}}}}}})";
constexpr const char* kFeedbackBody = R"({"type": "object", "required": ["list", "user", "kind"],
  "additionalProperties": false, "properties": {"list": {"type": "string"}, "user": {"type": "string"},
  "item": {"type": "string"}, "kind": {"enum": ["click", "like", "dislike", "dwell", "rating"]},
  "value": {"type": "number", "description": "seconds of a dwell, 1 to 5 of a rating"}}})";

}  // namespace

std::vector<Route> event_routes() {
  return {{"POST",
           "/v1/events",
           "Events in, durable when acknowledged: {\"events\": [...]}, or NDJSON",
           Scope::kWrite,
           {},
           kEventsBody,
           post_events},
          {"GET",
           "/v1/users/{id}/events",
           "A user's newest events that came in live, newest first",
           Scope::kRead,
           {{"limit", "how many at most, 50 if not said", "integer", 1, kMostListed}},
           nullptr,
           get_events},
          {"POST",
           "/v1/feedback",
           "What came of a list: a click, a like, a dwell time, a rating",
           Scope::kWrite,
           {},
           kFeedbackBody,
           post_feedback}};
}

}  // namespace haina
