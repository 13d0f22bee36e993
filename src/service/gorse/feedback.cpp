// Gorse's feedback as events: inserted, overwritten, read, deleted.
#include <algorithm>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "engine/engine_slot.h"
#include "service/gorse/gorse.h"
#include "service/http/parse_json.h"
#include "store/commit_queue.h"
#include "store/shared_store.h"

namespace haina::gorse {
namespace {

using Json = nlohmann::json;

constexpr size_t kRowsAtOnce = 1000;              // of an overwrite: 0.1 s, during which others wait
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
      if (!is_usable_value(*event.value)) {
        return fail({ErrorCode::kInvalidArgument, "Value is not a number that models can take", "Value",
                     "give a number from -1e30 to 1e30"});
      }
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

// Feedback that replaces what the store has of the same type, user and item, on its way there.
struct Overwrite {
  Overwrite(Backend& given, HttpServer::Respond done, std::vector<LiveEvent> all)
      : backend(given), respond(std::move(done)), rows(std::ssize(all)) {
    std::unordered_map<std::string, LiveEvent> newest;  // by id; of several rows that are one, the last counts
    for (LiveEvent& event : all) {
      newest[event.id] = std::move(event);
    }
    for (auto& [id, event] : newest) {
      events.push_back(std::move(event));
    }
    std::ranges::sort(events, {}, [](const LiveEvent& event) { return std::tie(event.user, event.id); });
  }
  Backend& backend;
  const HttpServer::Respond respond;
  const int64_t rows;
  std::vector<LiveEvent> events;  // by user, so that a user is learned anew once
  size_t done = 0;
};

// Replaces some rows in one transaction, which a crash leaves whole or undone, and lets others write before the next.
Status overwrite_some(Overwrite& work, Store& store) {
  Engine& engine = *work.backend.engines.get();
  const size_t end = std::min(work.events.size(), work.done + kRowsAtOnce);
  const std::span<const LiveEvent> some(work.events.data() + work.done, end - work.done);
  HAINA_TRY(const std::vector<Appended> appended, store.replace(some));
  std::vector<LiveEvent> stored;
  for (size_t i = 0; i < some.size(); ++i) {
    if (appended[i] == Appended::kNew) {
      stored.push_back(some[i]);
    }
  }
  work.backend.queue.pass_on(stored);
  for (size_t i = work.done; i < end; ++i) {
    if (i + 1 == work.events.size() || work.events[i + 1].user != work.events[i].user) {
      HAINA_OK(relearn(store, engine, work.events[i].user, work.backend.queue));
    }
  }
  work.backend.queue.settle();
  work.done = end;
  return ok();
}

void overwrite_next(const std::shared_ptr<Overwrite>& work) {
  const bool in_line = work->backend.queue.run_between_commits([work](Store& store) {
    const Result<Json> written = guarded([&]() -> Result<Json> {
      HAINA_OK(overwrite_some(*work, store));
      return rows_affected(work->rows);
    });
    if (written && work->done < work->events.size()) {
      overwrite_next(work);
    } else {
      work->respond(written ? json_response(200, *written) : response_of(written.error()));
    }
  });
  if (!in_line) {
    work->respond(busy());
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

void overwrite_feedback(Backend& backend, const RequestContext& context) {
  Result<std::vector<LiveEvent>> events = checked_feedback(context);
  if (events) {
    overwrite_next(std::make_shared<Overwrite>(backend, context.respond, std::move(*events)));
  }
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
