// The paths under /api that Gorse's public clients call (its REST API, version 0.5): same shapes, so that a team
// changes one URL. Feedback becomes events, whose action is the feedback's type; labels and categories become cells
// where a field of that name was trained on, and are given back as they came in any case.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "data/cells.h"
#include "service/call.h"
#include "service/engine_slot.h"
#include "service/entity_json.h"
#include "service/json_body.h"
#include "service/shared_store.h"
#include "store/commit_queue.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr int64_t kMost = 10'000;  // entries of an answer
constexpr int64_t kUsual = 10;

int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string time_text(int64_t time_us) {
  return fmt::format("{:%FT%T}Z", std::chrono::sys_seconds(std::chrono::seconds(time_us / 1'000'000)));
}

// Errors are plain text there.
void refuse(const Call& call, const Error& error) {
  const int status = error.code == ErrorCode::kNotFound ? 404 : error.code == ErrorCode::kIo ? 500 : 400;
  call.respond({.status = status, .body = error.what, .content_type = "text/plain"});
}

void not_found(const Call& call, const char* what) {
  refuse(call, {ErrorCode::kNotFound, fmt::format("{}: not found", what), "", ""});
}

void busy(const Call& call) {
  call.respond(
      {.status = 503, .body = "too many events wait", .content_type = "text/plain", .headers = {{"Retry-After", "1"}}});
}

void give(const Call& call, const Result<Json>& answer) {
  answer ? call.respond(json_response(200, *answer)) : refuse(call, answer.error());
}

Json rows(int64_t count) { return {{"RowAffected", count}}; }

std::string path_of(const Call& call, std::string_view name) {
  const auto found = call.path.find(name);
  return found == call.path.end() ? "" : found->second;
}

std::string text_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end()        ? ""
         : found->is_string()         ? found->get<std::string>()
         : found->is_number_integer() ? found->dump()
                                      : "";
}

int64_t time_in(const Json& object, const char* name) {
  const std::string text = text_in(object, name);
  return parse_iso_time(text).value_or(now_us());
}

// The body as a list of objects, one of which may stand alone.
Result<std::vector<Json>> objects_of(const Call& call) {
  HAINA_TRY(Json body, parse_body(call.request.body, "body"));
  body = body.is_object() ? Json::array({body}) : body;
  std::vector<Json> objects;
  for (const Json& one : body.is_array() ? body : Json::array({nullptr})) {
    if (!one.is_object()) {
      return fail({ErrorCode::kInvalidArgument, "the body is no list of objects", "", "send [{…}]"});
    }
    for (const char* const name : {"Comment", "Timestamp", "FeedbackType"}) {
      if (const auto text = one.find(name); text != one.end() && !text->is_string() && !text->is_null()) {
        return fail({ErrorCode::kInvalidArgument, fmt::format("{} is no text", name), name, "give text"});
      }
    }
    for (const char* const name : {"UserId", "ItemId"}) {
      if (text_in(one, name).find('\0') != std::string::npos) {
        return fail({ErrorCode::kInvalidArgument, fmt::format("{} holds NUL", name), name, "give an id"});
      }
    }
    objects.push_back(one);
  }
  return objects;
}

std::string feedback_id(const std::string& type, const std::string& user, const std::string& item) {
  return fmt::format("gorse {} {} {} {} {}", type.size(), type, user.size(), user, item);
}

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

void insert_feedback(Backend& backend, const Call& call) {
  Result<std::vector<LiveEvent>> events = feedback_of(call);
  if (!events) {
    refuse(call, events.error());
    return;
  }
  for (const LiveEvent& event : *events) {
    if (!call.may_touch(event.user)) {
      return;
    }
  }
  const int64_t count = std::ssize(*events);
  const bool taken = backend.queue.hand_in(
      std::move(*events), [call_respond = call.respond, count](const Result<std::vector<bool>>& fresh) {
        call_respond(fresh ? json_response(200, rows(count))
                           : HttpResponse{.status = 500, .body = fresh.error().what, .content_type = "text/plain"});
      });
  if (!taken) {
    busy(call);
  }
}

// On the queue's thread: the user's live events anew, as the store has them now.
Status relearn(Store& store, Engine& engine, const std::string& user) {
  HAINA_TRY(std::vector<LiveEvent> left, store.events_of(user, std::numeric_limits<int32_t>::max()));
  std::ranges::reverse(left);
  engine.relearn(user, left);
  return ok();
}

void between(Backend& backend, const Call& call, std::function<Result<Json>(Store&, Engine&)> task) {
  backend.queue.between([&backend, respond = call.respond, task = std::move(task)](Store& store) {
    const Result<Json> answer = guarded([&] { return task(store, *backend.engines.get()); });
    respond(answer ? json_response(200, *answer)
                   : HttpResponse{.status = answer.error().code == ErrorCode::kInvalidArgument ? 400 : 500,
                                  .body = answer.error().what,
                                  .content_type = "text/plain"});
  });
}

void overwrite_feedback(Backend& backend, const Call& call) {
  const Result<std::vector<LiveEvent>> events = feedback_of(call);
  if (!events) {
    refuse(call, events.error());
    return;
  }
  for (const LiveEvent& event : *events) {
    if (!call.may_touch(event.user)) {
      return;
    }
  }
  between(backend, call, [events = *events](Store& store, Engine& engine) -> Result<Json> {
    for (const LiveEvent& event : events) {
      HAINA_TRY(const int64_t dropped, store.drop_events(event.user, event.item, event.action));
      static_cast<void>(dropped);
    }
    HAINA_TRY(const std::vector<bool> fresh, store.append(events));
    for (const LiveEvent& event : events) {
      HAINA_OK(relearn(store, engine, event.user));
    }
    return rows(std::ssize(fresh));
  });
}

// A page's cursor is where the next one begins; none: the first.
Result<int64_t> cursor_of(const Call& call) {
  return call.text("cursor").empty() ? Result<int64_t>(0) : call.number("cursor", 0, 0, int64_t{1} << 60U);
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

// Of a user, an item, or both; of one type, or any.
void find_feedback(Backend& backend, const Call& call, bool one) {
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
  if (!one) {
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

// The part of a document's items from `offset`, in Gorse's shape.
Json scores_of(const Json& document, int64_t offset) {
  Json list = Json::array();
  const Json& items = document.at("items");
  for (size_t i = static_cast<size_t>(offset); i < items.size(); ++i) {
    list.push_back({{"Id", items[i].at("item")}, {"Score", items[i].at("score")}});
  }
  return list;
}

struct Slice {
  int64_t n = kUsual, offset = 0;
};
Result<Slice> slice_of(const Call& call) {
  Slice slice;
  HAINA_TRY(slice.n, call.number("n", kUsual, 1, kMostItems));
  HAINA_TRY(slice.offset, call.number("offset", 0, 0, kMost));
  return slice;
}

Result<Json> list_of(Backend& backend, const Call& call, RecommendRequest request, Channel channel) {
  HAINA_TRY(const Slice slice, slice_of(call));
  request.k = slice.n + slice.offset;
  HAINA_TRY(const Json document,
            backend.engines.get()->recommend(request, {.reasons = Reasons::kSkip, .channel = channel},
                                             path_of(call, "category")));
  return scores_of(document, slice.offset);
}

void recommend(Backend& backend, const Call& call) {
  const std::string user = path_of(call, "user"), type = call.text("write-back-type");
  if (!call.may_touch(user)) {
    return;
  }
  if (!type.empty() && call.key.scope < Scope::kWrite) {
    call.respond({.status = 403, .body = "writing back needs a key of scope write", .content_type = "text/plain"});
    return;
  }
  const Result<Json> list = list_of(backend, call, {.user = user, .history = {}, .query = ""}, Channel::kAll);
  if (!list) {
    refuse(call, list.error());
    return;
  }
  Json answer = *list;
  if (call.request.api_version != "2") {
    for (Json& one : answer) {
      one = Json(one.at("Id"));
    }
  }
  if (type.empty()) {
    call.respond(json_response(200, answer));
    return;
  }
  // What is given counts as read, before it is given.
  std::vector<LiveEvent> events;
  for (const Json& one : *list) {
    const std::string item = one.at("Id");
    events.push_back(
        {.id = feedback_id(type, user, item), .user = user, .item = item, .action = type, .time_us = now_us()});
  }
  const bool taken = backend.queue.hand_in(
      std::move(events), [respond = call.respond, answer](const Result<std::vector<bool>>& fresh) {
        respond(fresh ? json_response(200, answer)
                      : HttpResponse{.status = 500, .body = fresh.error().what, .content_type = "text/plain"});
      });
  if (!taken) {
    busy(call);
  }
}

void session_recommend(Backend& backend, const Call& call) {
  const Result<std::vector<Json>> objects = objects_of(call);
  if (!objects) {
    refuse(call, objects.error());
    return;
  }
  RecommendRequest request;
  const std::shared_ptr<Engine> engine = backend.engines.get();
  for (const Json& one : *objects) {
    if (const std::string item = text_in(one, "ItemId"); engine->has_item(item)) {
      request.history.push_back(item);
    }
  }
  give(call, list_of(backend, call, request, Channel::kAll));
}

void item_neighbors(Backend& backend, const Call& call) {
  const Result<Slice> slice = slice_of(call);
  if (!slice) {
    refuse(call, slice.error());
    return;
  }
  const Result<Json> document =
      backend.engines.get()->similar(path_of(call, "item"), slice->n + slice->offset, path_of(call, "category"));
  give(call, document ? Result<Json>(scores_of(*document, slice->offset)) : fail(document.error()));
}

void user_neighbors(Backend& backend, const Call& call) {
  const Result<Slice> slice = slice_of(call);
  const std::string user = path_of(call, "user");
  if (!slice) {
    refuse(call, slice.error());
    return;
  }
  if (!call.may_touch(user)) {
    return;
  }
  if (!backend.engines.get()->knows(user)) {
    not_found(call, "user");
    return;
  }
  Json list = Json::array();
  const auto near = backend.engines.get()->near_users(user, slice->n + slice->offset);
  if (!near) {
    refuse(call, near.error());
    return;
  }
  for (size_t i = static_cast<size_t>(slice->offset); i < near->size(); ++i) {
    if (call.key.may_touch((*near)[i].first)) {
      list.push_back({{"Id", (*near)[i].first}, {"Score", (*near)[i].second}});
    }
  }
  call.respond(json_response(200, list));
}

void channel(Backend& backend, const Call& call, Channel which) { give(call, list_of(backend, call, {}, which)); }

// Labels that name fields, and categories, as cells of the fields that training knew.
Cells cells_of_labels(const Json& labels, const Json& categories, const Engine& engine, Side side) {
  Cells cells;
  const std::vector<Field>& fields = engine.dataset().fields;
  const Json named = labels.is_object() ? labels : Json::object();
  for (const auto& [name, value] : named.items()) {
    if (const auto parsed = parse_cells(Json{{name, value}}, fields, side, "Labels")) {
      cells.insert(parsed->begin(), parsed->end());
    }
  }
  if (side == Side::kItem && categories.is_array() && !categories.empty()) {
    if (const Field* const field = engine.categories(); field != nullptr) {
      if (const auto parsed = parse_cells(Json{{field->full_name(), categories}}, fields, side, "Categories")) {
        cells.insert(parsed->begin(), parsed->end());
      }
    }
  }
  return cells;
}

// An item or a user as Gorse's clients read it: as it was put in, or as the dataset has it.
Json entity_json(const Engine& engine, const std::string& id, const std::optional<Entity>& kept, Side side) {
  const Json document = kept ? Json::parse(kept->document, nullptr, false) : Json();
  const Json said = document.is_object() ? document.value("gorse", Json::object()) : Json::object();
  Json labels = said.value("Labels", Json());
  Json categories = said.value("Categories", Json());
  bool hidden = false;
  if (side == Side::kItem) {
    const Result<Json> item = engine.item(id);
    const Field* const field = engine.categories();
    for (const Json& one : item ? item->at("fields") : Json::array()) {
      if (labels.is_null() || !said.contains("Labels")) {
        labels = labels.is_null() ? Json::object() : labels;
        labels[one.at("name").get<std::string>()] = one.at("values");
      }
      if (categories.is_null() && field != nullptr && one.at("name") == field->full_name()) {
        categories = one.at("values");
      }
    }
    hidden = item && item->at("hidden").get<bool>();
    return {{"ItemId", id},
            {"IsHidden", hidden},
            {"Categories", categories},
            {"Timestamp", said.value("Timestamp", "1970-01-01T00:00:00Z")},
            {"Labels", labels},
            {"Comment", said.value("Comment", item ? item->at("title").get<std::string>() : "")}};
  }
  if (!said.contains("Labels")) {
    labels = engine.user(id).at("profile");
  }
  return {{"UserId", id}, {"Labels", labels}, {"Comment", said.value("Comment", "")}};
}

// What a body says over what was said before; null is left as it was.
Json merged(const Json& before, const Json& body) {
  Json said = before.is_object() ? before : Json::object();
  for (const char* const name : {"Categories", "Labels", "Comment", "Timestamp"}) {
    if (const auto found = body.find(name); found != body.end() && !found->is_null()) {
      said[name] = *found;
    }
  }
  if (said.contains("Timestamp")) {
    said["Timestamp"] = time_text(time_in(said, "Timestamp"));
  }
  return said;
}

Result<Json> keep(Store& store, Engine& engine, const std::vector<std::pair<std::string, Json>>& bodies, Side side,
                  bool merge) {
  const std::string kind = side == Side::kItem ? "item" : "user";
  std::vector<Entity> entities;
  std::vector<ItemSaid> items;
  for (const auto& [id, body] : bodies) {
    HAINA_TRY(const std::optional<Entity> kept, store.entity(kind, id));
    Json document = kept && merge ? Json::parse(kept->document, nullptr, false) : Json::object();
    const Json said = merged(merge ? document.value("gorse", Json()) : Json(), body);
    const Cells cells = cells_of_labels(said.value("Labels", Json()), said.value("Categories", Json()), engine, side);
    Cells all = side == Side::kItem ? engine.said_of(id) : engine.said_of_user(id).profile;
    all = merge ? all : Cells();
    for (const auto& [name, values] : cells) {
      all[name] = values;
    }
    if (side == Side::kItem && all.empty() && !said.value("Comment", "").empty()) {
      // Nothing that training knew: a title at least, to be found by words.
      for (const Field& field : engine.dataset().fields) {
        if (field.side == Side::kItem && field.type == FieldType::kText && all.empty()) {
          all[field.full_name()] = {said.value("Comment", "")};
        }
      }
    }
    document["cells"] = to_json(all);
    document["gorse"] = said;
    entities.push_back({kind, id, document.dump(-1, ' ', false, Json::error_handler_t::replace), now_us()});
    if (side == Side::kItem) {
      items.push_back({id, all, entities.back().time_us});
    } else {
      engine.put_user(id, {.profile = all, .friends = engine.said_of_user(id).friends});
    }
  }
  HAINA_OK(store.put(entities));
  if (!items.empty()) {
    HAINA_OK(engine.put_items(items));
  }
  for (const auto& [id, body] : bodies) {
    const auto hidden = body.find("IsHidden");
    if (side == Side::kItem && hidden != body.end() && hidden->is_boolean()) {
      HAINA_OK(hidden->get<bool>() ? store.hide_item(id) : store.show_item(id));
      hidden->get<bool>() ? engine.hide(id) : engine.show(id);
    } else if (side == Side::kItem && !merge) {
      HAINA_OK(store.show_item(id));
      engine.show(id);
    }
  }
  return rows(std::ssize(bodies));
}

void insert(Backend& backend, const Call& call, Side side) {
  const Result<std::vector<Json>> objects = objects_of(call);
  if (!objects) {
    refuse(call, objects.error());
    return;
  }
  std::vector<std::pair<std::string, Json>> bodies;
  for (const Json& one : *objects) {
    const std::string id = text_in(one, side == Side::kItem ? "ItemId" : "UserId");
    if (id.empty()) {
      refuse(call, {ErrorCode::kInvalidArgument, "an id is missing", "", ""});
      return;
    }
    if (side == Side::kUser && !call.may_touch(id)) {
      return;
    }
    bodies.emplace_back(id, one);
  }
  between(backend, call,
          [bodies, side](Store& store, Engine& engine) { return keep(store, engine, bodies, side, false); });
}

void update(Backend& backend, const Call& call, Side side) {
  const std::string id = path_of(call, side == Side::kItem ? "item" : "user");
  const Result<std::vector<Json>> objects = objects_of(call);
  if (!objects || objects->size() != 1) {
    refuse(call, objects ? Error{ErrorCode::kInvalidArgument, "the body is no object", "", ""} : objects.error());
    return;
  }
  if (side == Side::kUser && !call.may_touch(id)) {
    return;
  }
  const std::shared_ptr<Engine> engine = backend.engines.get();
  if (side == Side::kItem ? !engine->has_item(id) : !engine->knows(id)) {
    not_found(call, side == Side::kItem ? "item" : "user");
    return;
  }
  between(backend, call, [id, body = objects->front(), side](Store& store, Engine& engine) {
    return keep(store, engine, {{id, body}}, side, true);
  });
}

void change_category(Backend& backend, const Call& call, bool add) {
  const std::string id = path_of(call, "item"), category = path_of(call, "category");
  between(backend, call, [id, category, add](Store& store, Engine& engine) -> Result<Json> {
    HAINA_TRY(const std::optional<Entity> kept, store.entity("item", id));
    Json categories = entity_json(engine, id, kept, Side::kItem).at("Categories");
    Json changed = Json::array();
    for (const Json& one : categories.is_array() ? categories : Json::array()) {
      if (one != category) {
        changed.push_back(one);
      }
    }
    if (add) {
      changed.push_back(category);
    }
    return keep(store, engine, {{id, {{"Categories", changed}}}}, Side::kItem, true);
  });
}

void get_entity(Backend& backend, const Call& call, Side side) {
  const std::string id = path_of(call, side == Side::kItem ? "item" : "user");
  const std::shared_ptr<Engine> engine = backend.engines.get();
  if (side == Side::kUser && !call.may_touch(id)) {
    return;
  }
  const Result<std::optional<Entity>> kept =
      backend.store.with([&](Store& store) { return store.entity(side == Side::kItem ? "item" : "user", id); });
  if (!kept) {
    refuse(call, kept.error());
  } else if (side == Side::kItem ? !engine->has_item(id) || (engine->is_hidden(id) && !*kept) : !engine->knows(id)) {
    not_found(call, side == Side::kItem ? "item" : "user");
  } else {
    call.respond(json_response(200, entity_json(*engine, id, *kept, side)));
  }
}

// One page of all there are, by row: those of the dataset first.
void list_entities(Backend& backend, const Call& call, Side side) {
  const Result<int64_t> n = call.number("n", kUsual, 1, kMost);
  if (!n) {
    refuse(call, n.error());
    return;
  }
  const std::shared_ptr<Engine> engine = backend.engines.get();
  Json list = Json::array();
  std::string next;
  std::vector<std::string> ids;
  if (const std::string words = call.text("q"); !words.empty() && side == Side::kItem) {
    const Result<Json> found =
        engine->recommend({.user = "", .history = {}, .query = words, .k = *n},
                          {.reasons = Reasons::kSkip, .seen = Seen::kOffer, .matches = Matches::kAlone});
    for (const Json& item : found ? found->at("items") : Json::array()) {
      ids.push_back(item.at("item"));
    }
  } else {
    const Result<int64_t> offset = cursor_of(call);
    if (!offset) {
      refuse(call, offset.error());
      return;
    }
    ids = engine->ids(side, *offset, *n);
    next = std::ssize(ids) == *n ? std::to_string(*offset + *n) : "";
  }
  for (const std::string& id : ids) {
    const Result<std::optional<Entity>> kept =
        backend.store.with([&](Store& store) { return store.entity(side == Side::kItem ? "item" : "user", id); });
    const bool gone =
        side == Side::kItem ? engine->is_hidden(id) && kept && !*kept : !engine->knows(id) || !call.key.may_touch(id);
    if (!gone) {
      list.push_back(entity_json(*engine, id, kept ? *kept : std::nullopt, side));
    }
  }
  call.respond(json_response(200, {{"Cursor", next}, {side == Side::kItem ? "Items" : "Users", list}}));
}

void delete_item(Backend& backend, const Call& call) {
  const std::string id = path_of(call, "item");
  between(backend, call, [id](Store& store, Engine& engine) -> Result<Json> {
    HAINA_OK(store.hide_item(id));
    HAINA_OK(store.drop("item", id));
    engine.hide(id);
    return rows(1);
  });
}

void delete_user(Backend& backend, const Call& call) {
  const std::string id = path_of(call, "user");
  if (!call.may_touch(id)) {
    return;
  }
  between(backend, call, [id](Store& store, Engine& engine) -> Result<Json> {
    HAINA_OK(store.forget_user(id));
    engine.forget(id);
    return rows(1);
  });
}

void alive(Backend&, const Call& call) { call.respond(json_response(200, {{"Ready", true}})); }

}  // namespace

std::vector<Route> gorse_routes() {
  const std::vector<Parameter> slice = {{"n", "how many", "integer", 1, kMostItems},
                                        {"offset", "from the how manieth, 0 first", "integer", 0, kMost}};
  const std::vector<Parameter> page = {{"n", "how many", "integer", 1, kMost}, {"cursor", "of the page before"}};
  std::vector<Parameter> search = page;
  search.push_back({"q", "words"});
  std::vector<Parameter> write_back = slice;
  write_back.push_back({"write-back-type", "what is given counts as feedback of that type"});
  write_back.push_back({"write-back-delay", "not used"});
  const char* const any = R"({"type": ["object", "array"]})";
  using Handler = void (*)(Backend&, const Call&);
  const Scope read = Scope::kRead, write = Scope::kWrite;
  std::vector<Route> routes;
  const auto add = [&](const char* method, const char* path, const char* summary, Scope needs,
                       const std::vector<Parameter>& query, const char* body,
                       Handler handler) { routes.push_back({method, path, summary, needs, query, body, handler}); };
  const Handler item_feedback = [](Backend& b, const Call& c) { find_feedback(b, c, false); };
  const Handler one_feedback = [](Backend& b, const Call& c) { find_feedback(b, c, true); };
  add("POST", "/api/feedback", "Gorse: feedback in, old kept", write, {}, any, insert_feedback);
  add("PUT", "/api/feedback", "Gorse: feedback in, old overwritten", write, {}, any, overwrite_feedback);
  add("GET", "/api/feedback", "Gorse: all feedback by pages", read, page, nullptr, list_feedback);
  add("GET", "/api/feedback/{type}", "Gorse: feedback of one type by pages", read, page, nullptr, list_feedback);
  add("GET", "/api/feedback/{type}/{user}/{item}", "Gorse: one feedback", read, {}, nullptr, one_feedback);
  add("DELETE", "/api/feedback/{user}/{item}", "Gorse: feedback gone", write, {}, nullptr, delete_feedback);
  add("DELETE", "/api/feedback/{type}/{user}/{item}", "Gorse: one feedback gone", write, {}, nullptr, delete_feedback);
  add("GET", "/api/user/{user}/feedback", "Gorse: a user's feedback", read, {}, nullptr, item_feedback);
  add("GET", "/api/user/{user}/feedback/{type}", "Gorse: a user's feedback of a type", read, {}, nullptr,
      item_feedback);
  add("GET", "/api/item/{item}/feedback", "Gorse: an item's feedback", read, {}, nullptr, item_feedback);
  add("GET", "/api/item/{item}/feedback/{type}", "Gorse: an item's feedback of a type", read, {}, nullptr,
      item_feedback);
  for (const char* const path :
       {"/api/recommend/{user}", "/api/recommend/{user}/", "/api/recommend/{user}/{category}"}) {
    add("GET", path, "Gorse: a list", read, write_back, nullptr, recommend);
  }
  for (const char* const path : {"/api/session/recommend", "/api/session/recommend/{category}"}) {
    add("POST", path, "Gorse: a list for a session", read, slice, any, session_recommend);
  }
  for (const char* const path :
       {"/api/item/{item}/neighbors", "/api/item/{item}/neighbors/", "/api/item/{item}/neighbors/{category}"}) {
    add("GET", path, "Gorse: nearest items", read, slice, nullptr, item_neighbors);
  }
  add("GET", "/api/user/{user}/neighbors", "Gorse: nearest users", read, slice, nullptr, user_neighbors);
  for (const char* const path : {"/api/popular", "/api/popular/", "/api/popular/{category}"}) {
    add("GET", path, "Gorse: most wanted", read, slice, nullptr,
        [](Backend& b, const Call& c) { channel(b, c, Channel::kPopular); });
  }
  for (const char* const path : {"/api/latest", "/api/latest/", "/api/latest/{category}"}) {
    add("GET", path, "Gorse: newest items", read, slice, nullptr,
        [](Backend& b, const Call& c) { channel(b, c, Channel::kFresh); });
  }
  for (const char* const path : {"/api/item", "/api/items"}) {
    add("POST", path, "Gorse: items in", write, {}, any, [](Backend& b, const Call& c) { insert(b, c, Side::kItem); });
  }
  add("GET", "/api/items", "Gorse: items by pages, or by words", read, search, nullptr,
      [](Backend& b, const Call& c) { list_entities(b, c, Side::kItem); });
  add("GET", "/api/item/{item}", "Gorse: an item", read, {}, nullptr,
      [](Backend& b, const Call& c) { get_entity(b, c, Side::kItem); });
  add("PATCH", "/api/item/{item}", "Gorse: an item changed", write, {}, any,
      [](Backend& b, const Call& c) { update(b, c, Side::kItem); });
  add("DELETE", "/api/item/{item}", "Gorse: an item gone", write, {}, nullptr, delete_item);
  add("PUT", "/api/item/{item}/category/{category}", "Gorse: a category more", write, {}, nullptr,
      [](Backend& b, const Call& c) { change_category(b, c, true); });
  add("DELETE", "/api/item/{item}/category/{category}", "Gorse: a category less", write, {}, nullptr,
      [](Backend& b, const Call& c) { change_category(b, c, false); });
  for (const char* const path : {"/api/user", "/api/users"}) {
    add("POST", path, "Gorse: users in", write, {}, any, [](Backend& b, const Call& c) { insert(b, c, Side::kUser); });
  }
  add("GET", "/api/users", "Gorse: users by pages", read, page, nullptr,
      [](Backend& b, const Call& c) { list_entities(b, c, Side::kUser); });
  add("GET", "/api/user/{user}", "Gorse: a user", read, {}, nullptr,
      [](Backend& b, const Call& c) { get_entity(b, c, Side::kUser); });
  add("PATCH", "/api/user/{user}", "Gorse: a user changed", write, {}, any,
      [](Backend& b, const Call& c) { update(b, c, Side::kUser); });
  add("DELETE", "/api/user/{user}", "Gorse: a user forgotten", write, {}, nullptr, delete_user);
  for (const char* const path : {"/api/health/live", "/api/health/ready"}) {
    routes.push_back({"GET", path, "Gorse: whether it lives", {}, {}, nullptr, alive});
  }
  return routes;
}

}  // namespace haina
