// Events and feedback: accepted and read back.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "engine/engine_slot.h"
#include "service/api/event_json.h"
#include "service/api/route.h"
#include "service/api/schemas.h"
#include "service/http/parse_json.h"
#include "service/http/problem_json.h"
#include "service/http/sentence_code.h"
#include "service/telemetry/list_outcomes.h"
#include "service/telemetry/live_stats.h"
#include "service/telemetry/prometheus.h"
#include "store/commit_queue.h"
#include "store/shared_store.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr int64_t kMostEventsRead = 1000;
constexpr int64_t kDefaultEventsRead = 50;
constexpr double kLongestDwell = 86'400;  // seconds
constexpr double kHighestRating = 5;

void post_events(Backend& backend, const RequestContext& context) {
  const auto begin = std::chrono::steady_clock::now();
  const bool lines = context.request.content_type.starts_with("application/x-ndjson");
  Result<std::vector<LiveEvent>> events =
      lines ? parse_event_lines(context.request.body) : parse_events(context.request.body);
  if (!events) {
    context.refuse(events.error());
    return;
  }
  for (LiveEvent& event : *events) {
    if (!context.authorize(event.user)) {
      return;
    }
    event.id = stored_id(event.id, context.key.tenant);
  }
  const std::vector<std::string> remarks = backend.engines.get()->remarks_on(*events);
  const bool enqueued = backend.queue.enqueue(std::move(*events), [&backend, begin, remarks, respond = context.respond](
                                                                      const Result<std::vector<Appended>>& appended) {
    if (!appended) {
      respond(problem(appended.error()));
      return;
    }
    const int64_t accepted = std::ranges::count(*appended, Appended::kNew);
    const int64_t known = std::ranges::count(*appended, Appended::kKnown);
    const int64_t forgotten = std::ranges::count(*appended, Appended::kForgotten);
    backend.metrics.events_received(accepted, known);
    backend.stats.events(accepted, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    Json notes = remarks;
    if (known > 0) {
      notes.push_back(fmt::format("{} an id that the store had already: not counted again",
                                  known == 1 ? "1 event has" : fmt::format("{} events have", known)));
    }
    if (forgotten > 0) {
      notes.push_back(fmt::format("{} of a user who was forgotten since: not stored",
                                  forgotten == 1 ? "1 event is" : fmt::format("{} events are", forgotten)));
    }
    respond(json_response(200, {{"accepted", accepted},
                                {"known", known},
                                {"forgotten", forgotten},
                                {"notes", notes},
                                {"note_codes", codes_json(notes)}}));
  });
  if (!enqueued) {
    backend.metrics.refused("queue");
    context.respond(with_retry_after(problem(503, "too many events are waiting to be written", "retry in a second")));
  }
}

void get_events(Backend& backend, const RequestContext& context) {
  const Result<int64_t> limit = context.number("limit", kDefaultEventsRead, 1, kMostEventsRead);
  if (!limit) {
    context.refuse(limit.error());
    return;
  }
  const std::string& user = context.path.at("id");
  if (!context.authorize(user)) {
    return;
  }
  const Result<std::vector<LiveEvent>> events =
      backend.store.read([&](Store& store) { return store.events_of(user, *limit); });
  if (!events) {
    context.refuse(events.error());
    return;
  }
  Json list = Json::array();
  for (const LiveEvent& event : *events) {
    list.push_back(to_json(event));
  }
  context.respond(json_response(200, {{"user", user}, {"events", list}}));
}

Result<Feedback> parse_feedback(const Json& body) {
  const auto wrong = [](const std::string& at, std::string what, std::string hint) {
    return fail({ErrorCode::kInvalidArgument, std::move(what), at, std::move(hint)});
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
      return wrong(name.substr(0, kLongestId), fmt::format("feedback has no '{}'", name.substr(0, kLongestId)),
                   "give list, user, kind, item and value");
    }
    *into = *text;
    if (!text->empty()) {
      HAINA_OK(check_id(*text, name));
    }
  }
  if (feedback.list.empty()) {
    return wrong("list", "the list is missing",
                 "give the \"list\" of an answer; without one, post an event to /v1/events");
  }
  if (feedback.user.empty()) {
    return wrong("user", "the user is missing", "give the user who got the list");
  }
  if (std::ranges::find(kinds, feedback.kind) == kinds.end()) {
    return wrong("kind",
                 feedback.kind.empty() ? "the kind is missing" : fmt::format("unknown kind '{}'", feedback.kind),
                 "kind is one of click, like, dislike, dwell, rating");
  }
  if (feedback.kind == "click" && feedback.item.empty()) {
    return wrong("item", "a click has no item", "give the item's id");
  }
  if (feedback.kind == "dwell" && !(feedback.value >= 0 && feedback.value <= kLongestDwell)) {
    return wrong("value", "a dwell time is from 0 to 86400 seconds", "give seconds");
  }
  if (feedback.kind == "rating" && !(feedback.value >= 1 && feedback.value <= kHighestRating)) {
    return wrong("value", "a rating is from 1 to 5", "give 1 to 5");
  }
  return feedback;
}

// The user's opinion of one item, as the event that lists and the next training learn from. Nothing for a click, which
// clients report as an event of their own, for a dwell time, and for feedback on the list as a whole.
std::vector<LiveEvent> events_of(const Feedback& feedback, const Engine& engine) {
  const bool is_rating = feedback.kind == "rating";
  if (feedback.item.empty() || (!is_rating && feedback.kind != "like" && feedback.kind != "dislike")) {
    return {};
  }
  return {
      {.id = fmt::format("{}{}:{}:{}", ListOutcomes::kFeedbackId, feedback.list, feedback.kind, feedback.item),
       .user = feedback.user,
       .item = feedback.item,
       .action = feedback.kind,
       .value = is_rating ? std::optional(engine.on_scale_of_ratings(feedback.value, kHighestRating)) : std::nullopt,
       .time_us = feedback.time_us}};
}

void store_feedback(Backend& backend, const Feedback& feedback, const HttpServer::Respond& respond) {
  const bool in_line = backend.queue.run_between_commits([&backend, feedback, respond](Store& store) {
    if (const Status stored = store.add_feedback({&feedback, 1}); !stored) {
      respond(problem(stored.error()));
      return;
    }
    backend.outcomes.on_feedback(feedback);
    backend.metrics.feedback_received(feedback.kind);
    respond(json_response(200, {{"accepted", 1}}));
  });
  if (!in_line) {
    respond(too_busy());
  }
}

void post_feedback(Backend& backend, const RequestContext& context) {
  const Result<Json> body = context.object();
  const Result<Feedback> feedback = body ? parse_feedback(*body) : fail(body.error());
  if (!feedback) {
    context.refuse(feedback.error());
    return;
  }
  if (!context.authorize(feedback->user)) {
    return;
  }
  if (!backend.outcomes.knows(feedback->list, feedback->user)) {
    context.refuse({ErrorCode::kNotFound, "this user got no such list recently", "list",
                    "send the \"list\" of an answer to GET /v1/users/{id}/recommendations"});
    return;
  }
  std::vector<LiveEvent> events = events_of(*feedback, *backend.engines.get());
  if (events.empty()) {
    store_feedback(backend, *feedback, context.respond);
    return;
  }
  // The event first: it has an id, so that a retry after a failure between the two counts it once.
  const auto then = [&backend, feedback = *feedback,
                     respond = context.respond](const Result<std::vector<Appended>>& stored) {
    if (!stored) {
      respond(problem(stored.error()));
      return;
    }
    store_feedback(backend, feedback, respond);
  };
  if (!backend.queue.enqueue(std::move(events), then)) {
    context.respond(with_retry_after(problem(503, "too many events are waiting to be written", "retry in a second")));
  }
}

constexpr const char* kEventsBody = R"({"type": "object", "required": ["events"], "properties": {"events": {
  "type": "array", "maxItems": 10000, "items": {"type": "object", "required": ["user", "item"],
  "additionalProperties": false, "properties": {
    "user": {"type": "string", "minLength": 1, "maxLength": 1024}, "item": {"type": "string", "minLength": 1, "maxLength": 1024},
    "action": {"type": "string"}, "value": {"type": "number"}, "id": {"type": "string"},
    "time": {"type": ["string", "number"], "description": "ISO 8601, or seconds since 1970"},
    "context": {"type": "object"}}}}}})";
constexpr const char* kEventsAnswer = R"({"type": "object", "required": ["user", "events"], "properties": {
  "user": {"type": "string"}, "events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}}}})";
constexpr const char* kFeedbackBody = R"({"type": "object", "required": ["list", "user", "kind"],
  "additionalProperties": false, "properties": {"list": {"type": "string"}, "user": {"type": "string"},
  "item": {"type": "string"}, "kind": {"enum": ["click", "like", "dislike", "dwell", "rating"]},
  "value": {"type": "number", "description": "seconds of a dwell, 1 to 5 of a rating"}}})";

}  // namespace

std::vector<Route> event_routes() {
  return {{.method = "POST",
           .path = "/v1/events",
           .summary = "Accepts events, as {\"events\": [...]} or NDJSON; they are durable when the answer comes",
           .needs = Scope::kWrite,
           .tenants = TenantKeys::kOwnUsers,
           .body = schema(kEventsBody),
           .example = {{"events", Json::array({{{"user", "ann"}, {"item", "7"}, {"action", "click"}}})}},
           .response = shared_schema("AcceptedEvents"),
           .handle = post_events},
          {.method = "GET",
           .path = "/v1/users/{id}/events",
           .summary = "A user's live events, newest first",
           .needs = Scope::kRead,
           .tenants = TenantKeys::kOwnUsers,
           .query = {{.name = "limit",
                      .description = "number of events at most; default 50",
                      .type = "integer",
                      .least = 1,
                      .most = kMostEventsRead}},
           .response = schema(kEventsAnswer),
           .heavy = true,
           .handle = get_events},
          {.method = "POST",
           .path = "/v1/feedback",
           .summary = "Accepts feedback on a list: a click, a like, a dislike, a dwell time or a rating",
           .needs = Scope::kWrite,
           .tenants = TenantKeys::kOwnUsers,
           .body = schema(kFeedbackBody),
           .response = shared_schema("Accepted"),
           .handle = post_feedback}};
}

}  // namespace haina
