// Routes that answer with lists: recommendations, search, similar items, and single channels.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "engine/engine_slot.h"
#include "recommend/list_json.h"
#include "service/api/list_cache.h"
#include "service/api/list_query.h"
#include "service/api/route.h"
#include "service/api/schemas.h"
#include "service/http/sentence_code.h"
#include "service/telemetry/list_outcomes.h"
#include "service/telemetry/live_stats.h"
#include "service/telemetry/prometheus.h"
#include "store/commit_queue.h"

namespace haina {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Records that the list was shown, and returns its new id.
std::string record_impression(Backend& backend, const RecommendationList& list) {
  const int64_t now = now_us();
  Json items = Json::array();
  for (const RecommendedItem& item : list.items) {
    items.push_back(item.item);
  }
  const Impression impression = {.list = backend.outcomes.new_list(list.user, now),
                                 .user = list.user,
                                 .model = list.model.value_or(""),
                                 .items = items.dump(),
                                 .time_us = now};
  backend.outcomes.on_impression(impression);
  backend.queue.note(impression);
  return impression.list;
}

Result<Json> make_list(Backend& backend, const Engine& engine, const ListQuery& query, Clock::time_point start) {
  HAINA_TRY(const RecommendationList list, engine.recommend(query.request, query.options, query.category));
  Json document = to_json(list);
  document["note_codes"] = codes_json(document.at("notes"));
  if (query.record) {
    document["list"] = record_impression(backend, list);
  }
  backend.metrics.list_given(Metrics::List::kMade);
  backend.stats.list(seconds_since(start), false);
  return document;
}

void get_recommendations(Backend& backend, const RequestContext& context) {
  const auto start = Clock::now();
  const Result<ListQuery> query = query_of(context);
  if (!query) {
    context.refuse(query.error());
    return;
  }
  const RecommendRequest& request = query->request;
  if (!context.authorize(request.user)) {
    return;
  }
  const std::shared_ptr<Engine> engine = backend.engines.get();
  // The trend, which explanations use as well, changes without a new version: such lists are not cached.
  const bool cached = query->options.explain == Explain::kNo && query->options.channel != Channel::kTrending;
  // Where lists change as time goes by, a cached one is of the same minute.
  const int64_t minute = engine->lists_change_with_time() ? now_us() / 60'000'000 : 0;
  // Lengths come before texts, since texts may hold any character and no two requests may share a key. The engine's
  // number is part of the key, since each engine counts versions from 0.
  const std::string key =
      fmt::format("{} {} {} {} {} {} {} {}{} {}{}", engine->number(), minute, request.k,
                  static_cast<int>(query->options.seen), static_cast<int>(query->options.channel), query->record,
                  request.query.size(), request.query, query->category.size(), query->category, request.user);
  // Read before the list is made: an event in between makes the cached list look older than it is, never newer.
  const uint64_t version = engine->version_of(request.user);
  if (cached) {
    if (std::optional<std::string> body = backend.cache.find(key, version)) {
      backend.metrics.list_given(Metrics::List::kFromCache);
      backend.stats.list(seconds_since(start), true);
      context.respond({.status = 200, .body = std::move(*body)});
      return;
    }
  }
  const Result<Json> document = make_list(backend, *engine, *query, start);
  if (!document) {
    context.refuse(document.error());
    return;
  }
  HttpResponse response = json_response(200, *document);
  if (cached) {
    backend.cache.put(key, version, response.body);
  }
  context.respond(std::move(response));
}

void post_recommendations(Backend& backend, const RequestContext& context) {
  const auto start = Clock::now();
  const std::shared_ptr<Engine> engine = backend.engines.get();
  Result<BatchQuery> query = read_body(context, *engine);
  if (!query) {
    context.refuse(query.error());
    return;
  }
  RecommendRequest& request = query->list.request;
  if (query->users.empty()) {
    if (request.user.empty() || context.authorize(request.user)) {
      context.answer(make_list(backend, *engine, query->list, start));
    }
    return;
  }
  Json lists = Json::array();
  for (const std::string& user : query->users) {
    if (!context.authorize(user)) {
      return;
    }
    request.user = user;
    const Result<Json> list = make_list(backend, *engine, query->list, Clock::now());
    if (!list) {
      context.refuse(list.error());
      return;
    }
    lists.push_back(*list);
  }
  context.respond(json_response(200, {{"lists", lists}}));
}

void get_search(Backend& backend, const RequestContext& context) {
  const auto start = Clock::now();
  ListQuery query = {.request = {.user = context.text("user"), .history = {}, .query = context.text("q")},
                     .options = {.explain = context.boolean("explain", false) ? Explain::kYes : Explain::kNo,
                                 .seen = Seen::kInclude,
                                 .matches = Matches::kOnly},
                     .category = context.text("category"),
                     .record = context.boolean("record", true)};
  const Result<int64_t> k = context.number("k", 10, 1, kMostItems);
  if (!k) {
    context.refuse(k.error());
    return;
  }
  if (query.request.query.empty()) {
    context.refuse({ErrorCode::kInvalidArgument, "no words to search for", "q", "give q=space+war"});
    return;
  }
  query.request.k = *k;
  if (query.request.user.empty() || context.authorize(query.request.user)) {
    context.answer(make_list(backend, *backend.engines.get(), query, start));
  }
}

void get_similar(Backend& backend, const RequestContext& context) {
  const Result<int64_t> k = context.number("k", 10, 1, kMostItems);
  if (!k) {
    context.refuse(k.error());
    return;
  }
  const Result<SimilarItems> similar =
      backend.engines.get()->similar(context.path.at("id"), *k, context.text("category"));
  context.answer(similar.map([](const SimilarItems& items) { return to_json(items); }));
}

// Answers with one channel's list for an anonymous user.
void give_channel(Backend& backend, const RequestContext& context, Channel channel) {
  const Result<int64_t> k = context.number("k", 10, 1, kMostItems);
  if (!k) {
    context.refuse(k.error());
    return;
  }
  const ListQuery query = {.request = {.user = "", .history = {}, .query = "", .k = *k},
                           .options = {.explain = Explain::kNo, .channel = channel},
                           .category = context.text("category"),
                           .record = false};
  context.answer(make_list(backend, *backend.engines.get(), query, Clock::now()));
}

constexpr Parameter kLength = {
    .name = "k", .description = "number of items; default 10", .type = "integer", .least = 1, .most = kMostItems};
constexpr Parameter kCategory = {.name = "category", .description = "only items of that category"};
constexpr Parameter kExplain = {
    .name = "explain", .description = "1: explain every item", .type = "boolean", .example = "1"};
constexpr Parameter kRecord = {
    .name = "record", .description = "0: the list gets no id and does not count as shown", .type = "boolean"};
constexpr Parameter kQuery = {
    .name = "query", .description = "search words; items that match come before all others", .most = kLongestQuery};
constexpr Parameter kChannel = {
    .name = "channel", .description = "fused, similar, friends, query, trending, popular or fresh: only that channel"};
constexpr Parameter kExcludeSeen = {.name = "exclude_seen",
                                    .description = "0: also what the user has dealt with ([serve] exclude_seen)",
                                    .type = "boolean"};

// Explanations and long lists cost as much as dozens of short lists, and must not hold those up.
bool takes_long(const RequestContext& context) {
  constexpr int64_t kManyItems = 50;
  return context.boolean("explain", false) || context.number("k", 10, 1, kMostItems).value_or(0) > kManyItems;
}

constexpr const char* kBody = R"({"type": "object", "additionalProperties": false, "properties": {
  "user": {"type": "string"}, "users": {"type": "array", "maxItems": 100, "items": {"type": "string"}},
  "history": {"type": "array", "maxItems": 10000, "items": {"type": "string"}}, "query": {"type": "string"},
  "profile": {"type": "object", "description": "values of user fields, which replace the stored ones"},
  "context": {"type": "object", "description": "values of user fields for this request alone, over the profile"},
  "category": {"type": "string"},
  "channel": {"enum": ["all", "fused", "similar", "friends", "query", "trending", "popular", "fresh"]},
  "k": {"type": "integer", "minimum": 1, "maximum": 1000}, "explain": {"type": "boolean"},
  "exclude_seen": {"type": "boolean"}, "record": {"type": "boolean"}}})";
constexpr const char* kListOrLists =
    R"({"anyOf": [{"$ref": "#/components/schemas/List"}, {"$ref": "#/components/schemas/Lists"}]})";

}  // namespace

std::vector<Route> list_routes() {
  return {{.method = "GET",
           .path = "/v1/users/{id}/recommendations",
           .summary = "A list for a user, from the user's state at this moment",
           .needs = Scope::kRead,
           .tenants = TenantKeys::kOwnUsers,
           .query = {kLength, kExplain, kQuery, kChannel, kCategory, kExcludeSeen, kRecord},
           .response = shared_schema("List"),
           .heavy_if = takes_long,
           .handle = get_recommendations},
          {.method = "POST",
           .path = "/v1/recommendations",
           .summary = "A list by history, query words and profile; or lists for a batch of users",
           .needs = Scope::kRead,
           .tenants = TenantKeys::kOwnUsers,
           .body = schema(kBody),
           .example = {{"users", {"ann", "ben"}}, {"k", 5}},
           .response = schema(kListOrLists),
           .heavy = true,
           .handle = post_recommendations},
          {.method = "GET",
           .path = "/v1/search",
           .summary = "Items with at least one of the words, in the order of the user's taste",
           .needs = Scope::kRead,
           .tenants = TenantKeys::kOwnUsers,
           .query = {{.name = "q", .description = "the words", .most = kLongestQuery, .example = "harbour"},
                     {.name = "user", .description = "whose taste; default: nobody's"},
                     kLength,
                     kCategory,
                     kExplain,
                     kRecord},
           .response = shared_schema("List"),
           .heavy_if = takes_long,
           .handle = get_search},
          {.method = "GET",
           .path = "/v1/items/{id}/similar",
           .summary = "Items whose fused vectors are nearest to the item's",
           .needs = Scope::kRead,
           .tenants = TenantKeys::kAlike,
           .query = {kLength, kCategory},
           .response = shared_schema("SimilarItems"),
           .handle = get_similar},
          {.method = "GET",
           .path = "/v1/popular",
           .summary = "Items with the most events",
           .needs = Scope::kRead,
           .tenants = TenantKeys::kAlike,
           .query = {kLength, kCategory},
           .response = shared_schema("List"),
           .handle = [](Backend& backend,
                        const RequestContext& context) { give_channel(backend, context, Channel::kPopular); }},
          {.method = "GET",
           .path = "/v1/trending",
           .summary = "Items with the most recent events",
           .needs = Scope::kRead,
           .tenants = TenantKeys::kAlike,
           .query = {kLength, kCategory},
           .response = shared_schema("List"),
           .handle = [](Backend& backend,
                        const RequestContext& context) { give_channel(backend, context, Channel::kTrending); }},
          {.method = "GET",
           .path = "/v1/latest",
           .summary = "Items added since training",
           .needs = Scope::kRead,
           .tenants = TenantKeys::kAlike,
           .query = {kLength, kCategory},
           .response = shared_schema("List"),
           .handle = [](Backend& backend, const RequestContext& context) {
             give_channel(backend, context, Channel::kFresh);
           }}};
}

}  // namespace haina
