// Gorse's feedback as events: inserted, overwritten, read, deleted.

#include <algorithm>
#include <limits>
#include <set>
#include <string>

#include "base/clock.h"
#include "engine/engine_slot.h"
#include "service/gorse/gorse.h"
#include "store/commit_queue.h"
#include "store/shared_store.h"

namespace haina::gorse {
namespace {

using Json = nlohmann::json;

constexpr int64_t kClockSkewUs = 86'400'000'000;  // a day: of clients' clocks and time zones

Result<std::vector<LiveEvent>> feedback_of(const RequestContext& context) {
  HAINA_TRY(const std::vector<Json> objects, objects_of(context));
  std::vector<LiveEvent> events;
  for (const Json& one : objects) {
    LiveEvent event = {
        .user = text_in(one, "UserId"), .item = text_in(one, "ItemId"), .action = text_in(one, "FeedbackType")};
    HAINA_TRY(event.time_us, time_in(one, "Timestamp"));
    if (event.time_us > now_us() + kClockSkewUs) {
      return fail({ErrorCode::kInvalidArgument, "Timestamp is in the future", "Timestamp", "check the clock"});
    }
    if (event.user.empty() || event.item.empty() || event.action.empty()) {
      return fail({ErrorCode::kInvalidArgument, "feedback needs FeedbackType, UserId and ItemId", "", ""});
    }
    event.id = feedback_id(event.action, event.user, event.item);
    if (const auto value = one.find("Value"); value != one.end() && value->is_number() && *value != 0) {
      event.value = value->get<double>();
    }
    const std::string comment = text_in(one, "Comment");
    event.context = comment.empty() ? "{}" : Json{{"comment", comment}}.dump();
    events.push_back(std::move(event));
  }
  return events;
}

Json feedback_json(const LiveEvent& event) {
  const Json context = Json::parse(event.context, nullptr, false);
  return {{"FeedbackType", event.action},
          {"UserId", event.user},
          {"ItemId", event.item},
          {"Value", event.value.value_or(0)},
          {"Timestamp", time_text(event.time_us)},
          {"Updated", time_text(event.time_us)},
          {"Comment", context.is_object() ? text_in(context, "comment") : ""}};
}

// Replays the user's events from the store into the engine, after some were deleted. On the queue's thread, which
// passes on later those events that it has not seen yet.
Status relearn(Store& store, Engine& engine, const std::string& user, const CommitQueue& queue) {
  const int64_t until = queue.is_shared() ? queue.seen() : std::numeric_limits<int64_t>::max();
  HAINA_TRY(const std::vector<LiveEvent> events, store.history_of(user, engine.trained_until(user), until));
  engine.relearn(user, events);
  return ok();
}

// On an error the request has been answered.
Result<std::vector<LiveEvent>> checked_feedback(const RequestContext& context) {
  Result<std::vector<LiveEvent>> events = feedback_of(context);
  if (!events) {
    refuse(context, events.error());
    return events;
  }
  for (const LiveEvent& event : *events) {
    if (!context.authorize(event.user)) {
      return fail(
          {ErrorCode::kInvalidArgument, "the user belongs to another tenant", "", "name a user of this key's tenant"});
    }
  }
  return events;
}

void enqueue(Backend& backend, const HttpServer::Respond& respond, std::vector<LiveEvent> events) {
  const int64_t count = std::ssize(events);
  const bool enqueued =
      backend.queue.enqueue(std::move(events), [respond, count](const Result<std::vector<Appended>>& appended) {
        respond(appended ? json_response(200, rows_affected(count)) : response_of(appended.error()));
      });
  if (!enqueued) {
    respond(busy());
  }
}

// The matching feedback, newest first.
Result<Json> matching_feedback(Backend& backend, const RequestContext& context) {
  const std::string user = path_of(context, "user"), item = path_of(context, "item"), type = path_of(context, "type");
  HAINA_TRY(const std::vector<LiveEvent> events, backend.store.read([&](Store& store) {
    return user.empty() ? store.events_on(item, kMost) : store.events_of(user, kMost);
  }));
  Json list = Json::array();
  for (const LiveEvent& event : events) {
    if ((item.empty() || event.item == item) && (type.empty() || event.action == type) &&
        context.key.may_touch(event.user)) {
      list.push_back(feedback_json(event));
    }
  }
  return list;
}

}  // namespace

void insert_feedback(Backend& backend, const RequestContext& context) {
  Result<std::vector<LiveEvent>> events = checked_feedback(context);
  if (events) {
    enqueue(backend, context.respond, std::move(*events));
  }
}

// Deletes what the store has of each type, user and item, then inserts.
void overwrite_feedback(Backend& backend, const RequestContext& context) {
  const Result<std::vector<LiveEvent>> events = checked_feedback(context);
  if (!events) {
    return;
  }
  backend.queue.run_between_commits([&backend, respond = context.respond, events = *events](Store& store) {
    const Result<Json> deleted = guarded([&]() -> Result<Json> {
      int64_t count = 0;
      std::set<std::string> users;
      for (const LiveEvent& event : events) {
        HAINA_TRY(const int64_t dropped, store.drop_events(event.user, event.item, event.action));
        count += dropped;
        users.insert(event.user);
      }
      for (const std::string& user : users) {  // once each: a user's events are read and learned anew
        HAINA_OK(relearn(store, *backend.engines.get(), user, backend.queue));
      }
      return rows_affected(count);
    });
    if (!deleted) {
      respond(response_of(deleted.error()));
      return;
    }
    enqueue(backend, respond, events);
  });
}

void list_feedback(Backend& backend, const RequestContext& context) {
  const Result<int64_t> n = context.number("n", kDefault, 1, kMost);
  if (!n) {
    refuse(context, n.error());
    return;
  }
  const Result<int64_t> after = cursor_of(context);
  if (!after) {
    refuse(context, after.error());
    return;
  }
  const Result<Store::Page> page =
      backend.store.read([&](Store& store) { return store.page(*after, *n, path_of(context, "type")); });
  if (!page) {
    refuse(context, page.error());
    return;
  }
  Json list = Json::array();
  for (const LiveEvent& event : page->events) {
    if (context.key.may_touch(event.user)) {
      list.push_back(feedback_json(event));
    }
  }
  const bool more = std::ssize(page->events) == *n;
  context.respond(json_response(200, {{"Cursor", more ? std::to_string(page->last) : ""}, {"Feedback", list}}));
}

void find_feedback(Backend& backend, const RequestContext& context) {
  const std::string user = path_of(context, "user");
  if (user.empty() || context.authorize(user)) {
    answer(context, matching_feedback(backend, context));
  }
}

void find_one_feedback(Backend& backend, const RequestContext& context) {
  if (!context.authorize(path_of(context, "user"))) {
    return;
  }
  const Result<Json> list = matching_feedback(backend, context);
  if (list && list->empty()) {
    not_found(context, "feedback");
  } else {
    answer(context, list ? Result<Json>(list->front()) : fail(list.error()));
  }
}

void delete_feedback(Backend& backend, const RequestContext& context) {
  const std::string user = path_of(context, "user"), item = path_of(context, "item"), type = path_of(context, "type");
  if (!context.authorize(user)) {
    return;
  }
  run_in_order(backend, context, [&backend, user, item, type](Store& store, Engine& engine) -> Result<Json> {
    HAINA_TRY(const int64_t dropped, store.drop_events(user, item, type));
    HAINA_OK(relearn(store, engine, user, backend.queue));
    return rows_affected(dropped);
  });
}

}  // namespace haina::gorse
