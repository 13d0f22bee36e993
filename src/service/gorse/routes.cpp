// The paths under /api that Gorse's public clients call (its REST API, version 0.5): same shapes, so that a team
// changes one URL. Feedback becomes events, whose action is the feedback's type; labels and categories become cells
// where a field of that name was trained on, and are given back as they came in any case.
#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "engine/engine_slot.h"
#include "service/gorse/gorse.h"
#include "service/http/problem_json.h"
#include "store/commit_queue.h"

namespace haina {
namespace gorse {
namespace {

using Json = nlohmann::json;

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
    call.respond(busy());
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

void alive(Backend&, const Call& call) { call.respond(json_response(200, {{"Ready", true}})); }

}  // namespace
}  // namespace gorse

std::vector<Route> gorse_routes() {
  using namespace gorse;  // its handlers
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
  const Handler item_feedback = [](Backend& b, const Call& c) { find_feedback(b, c, Wanted::kAll); };
  const Handler one_feedback = [](Backend& b, const Call& c) { find_feedback(b, c, Wanted::kOne); };
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
      [](Backend& b, const Call& c) { change_category(b, c, Change::kAdd); });
  add("DELETE", "/api/item/{item}/category/{category}", "Gorse: a category less", write, {}, nullptr,
      [](Backend& b, const Call& c) { change_category(b, c, Change::kRemove); });
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
