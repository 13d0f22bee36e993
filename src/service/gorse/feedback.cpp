// Gorse's feedback as events: in, overwritten, read back, gone.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "engine/engine_slot.h"
#include "service/gorse/gorse.h"
#include "store/shared_store.h"
#include "store/commit_queue.h"

namespace haina::gorse {
namespace {

using Json = nlohmann::json;

Result<std::vector<LiveEvent>> feedback_of(const Call& call) {
  HAINA_TRY(const std::vector<Json> objects, objects_of(call));
  std::vector<LiveEvent> events;
  for (const Json& one : objects) {
    LiveEvent event = {.user = text_in(one, "UserId"),
                       .item = text_in(one, "ItemId"),
                       .action = text_in(one, "FeedbackType"),
                       .time_us = time_in(one, "Timestamp")};
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

// On the queue's thread: the user's live events anew, as the store has them now.
Status relearn(Store& store, Engine& engine, const std::string& user) {
  HAINA_TRY(std::vector<LiveEvent> left,
            store.events_of(user, std::numeric_limits<int32_t>::max(), engine.trained_until(user)));
  std::ranges::reverse(left);
  engine.relearn(user, left);
  return ok();
}

// Refused already where nothing is returned.
Result<std::vector<LiveEvent>> checked_feedback(const Call& call) {
  Result<std::vector<LiveEvent>> events = feedback_of(call);
  if (!events) {
    refuse(call, events.error());
    return events;
  }
  for (const LiveEvent& event : *events) {
    if (!call.may_touch(event.user)) {
      return fail({ErrorCode::kInvalidArgument, "another tenant's user", "", "name one of this key's"});
    }
  }
  return events;
}

void take_in(Backend& backend, const HttpServer::Respond& respond, std::vector<LiveEvent> events) {
  const int64_t count = std::ssize(events);
  const bool taken = backend.queue.hand_in(std::move(events), [respond, count](const Result<std::vector<bool>>& fresh) {
    respond(fresh ? json_response(200, rows(count))
                  : HttpResponse{.status = 500, .body = fresh.error().what, .content_type = "text/plain"});
  });
  if (!taken) {
    respond(busy());
  }
}

}  // namespace

void insert_feedback(Backend& backend, const Call& call) {
  Result<std::vector<LiveEvent>> events = checked_feedback(call);
  if (events) {
    take_in(backend, call.respond, std::move(*events));
  }
}

// What was there goes first; then it comes in as any other does.
void overwrite_feedback(Backend& backend, const Call& call) {
  const Result<std::vector<LiveEvent>> events = checked_feedback(call);
  if (!events) {
    return;
  }
  backend.queue.between([&backend, respond = call.respond, events = *events](Store& store) {
    const Result<Json> dropped = guarded([&]() -> Result<Json> {
      int64_t gone = 0;
      for (const LiveEvent& event : events) {
        HAINA_TRY(const int64_t some, store.drop_events(event.user, event.item, event.action));
        HAINA_OK(relearn(store, *backend.engines.get(), event.user));
        gone += some;
      }
      return rows(gone);
    });
    if (!dropped) {
      respond({.status = 500, .body = dropped.error().what, .content_type = "text/plain"});
      return;
    }
    take_in(backend, respond, events);
  });
}

void list_feedback(Backend& backend, const Call& call) {
  const Result<int64_t> n = call.number("n", kUsual, 1, kMost);
  if (!n) {
    refuse(call, n.error());
    return;
  }
  const Result<int64_t> after = cursor_of(call);
  if (!after) {
    refuse(call, after.error());
    return;
  }
  const Result<Store::Page> page =
      backend.store.with([&](Store& store) { return store.page(*after, *n, path_of(call, "type")); });
  if (!page) {
    refuse(call, page.error());
    return;
  }
  Json list = Json::array();
  for (const LiveEvent& event : page->events) {
    if (call.key.may_touch(event.user)) {
      list.push_back(feedback_json(event));
    }
  }
  const bool more = std::ssize(page->events) == *n;
  call.respond(json_response(200, {{"Cursor", more ? std::to_string(page->last) : ""}, {"Feedback", list}}));
}

void find_feedback(Backend& backend, const Call& call, Wanted wanted) {
  const std::string user = path_of(call, "user"), item = path_of(call, "item"), type = path_of(call, "type");
  if (!user.empty() && !call.may_touch(user)) {
    return;
  }
  const Result<std::vector<LiveEvent>> events = backend.store.with(
      [&](Store& store) { return user.empty() ? store.events_on(item, kMost) : store.events_of(user, kMost); });
  if (!events) {
    refuse(call, events.error());
    return;
  }
  Json list = Json::array();
  for (const LiveEvent& event : *events) {
    if ((item.empty() || event.item == item) && (type.empty() || event.action == type) &&
        call.key.may_touch(event.user)) {
      list.push_back(feedback_json(event));
    }
  }
  if (wanted == Wanted::kAll) {
    call.respond(json_response(200, list));
  } else if (list.empty()) {
    not_found(call, "feedback");
  } else {
    call.respond(json_response(200, list.front()));
  }
}

void delete_feedback(Backend& backend, const Call& call) {
  const std::string user = path_of(call, "user"), item = path_of(call, "item"), type = path_of(call, "type");
  if (!call.may_touch(user)) {
    return;
  }
  between(backend, call, [user, item, type](Store& store, Engine& engine) -> Result<Json> {
    HAINA_TRY(const int64_t dropped, store.drop_events(user, item, type));
    HAINA_OK(relearn(store, engine, user));
    return rows(dropped);
  });
}

}  // namespace haina::gorse
