// Lists out.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "base/clock.h"
#include "service/api/request_context.h"
#include "engine/engine_slot.h"
#include "service/http/parse_json.h"
#include "service/api/list_cache.h"
#include "service/telemetry/live_stats.h"
#include "service/telemetry/prometheus.h"
#include "service/telemetry/list_outcomes.h"
#include "store/commit_queue.h"

namespace haina {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr size_t kMostHistory = 10'000;
constexpr size_t kMostUsers = 100;  // of a batch

double since(Clock::time_point begun) { return std::chrono::duration<double>(Clock::now() - begun).count(); }

// Names the list, and records that it was given.
void record(Backend& backend, Json& document) {
  static std::atomic<uint64_t> lists = 0;
  const int64_t now = now_us();
  Json items = Json::array();
  for (const Json& item : document.at("items")) {
    items.push_back(item.at("item"));
  }
  const Impression impression = {.list = fmt::format("l_{:x}{:04x}", now, ++lists & 0xffffU),
                                 .user = document.at("user"),
                                 .model = document.at("model"),
                                 .items = items.dump(),
                                 .time_us = now};
  document["list"] = impression.list;
  backend.satisfaction.shown(impression);
  backend.queue.note(impression);
}

struct Wanted {
  RecommendRequest request;
  ListForm form = {.reasons = Reasons::kSkip};
  std::string category;
  bool record = true;
};

Result<Json> make_list(Backend& backend, const Engine& engine, const Wanted& wanted, Clock::time_point begun) {
  HAINA_TRY(Json document, engine.recommend(wanted.request, wanted.form, wanted.category));
  if (wanted.record) {
    record(backend, document);
  }
  backend.metrics.list_given(Metrics::List::kMade);
  backend.stats.list(since(begun), false);
  return document;
}

Result<Wanted> wanted_of(const Call& call) {
  Wanted wanted;
  wanted.request.user = call.path.at("id");
  HAINA_TRY(wanted.request.k, call.number("k", 10, 1, kMostItems));
  wanted.request.query = call.text("query");
  wanted.category = call.text("category");
  wanted.record = call.truth("record", true);
  wanted.form.reasons = call.truth("explain", false) ? Reasons::kGive : Reasons::kSkip;
  wanted.form.seen = call.truth("exclude_seen", true) ? Seen::kLeaveOut : Seen::kOffer;
  if (const std::string channel = call.text("channel"); !channel.empty()) {
    HAINA_TRY(wanted.form.channel, parse_channel(channel));
  }
  return wanted;
}

void get_recommendations(Backend& backend, const Call& call) {
  const auto begun = Clock::now();
  const Result<Wanted> wanted = wanted_of(call);
  if (!wanted) {
    call.refuse(wanted.error());
    return;
  }
  const RecommendRequest& request = wanted->request;
  if (!call.may_touch(request.user)) {
    return;
  }
  const std::shared_ptr<Engine> engine = backend.engines.get();
  // The trend, which reasons name, moves with every event: only what the version covers is kept.
  const bool kept = wanted->form.reasons == Reasons::kSkip && wanted->form.channel != Channel::kTrending;
  // With the lengths: texts may hold any letter, and no two requests may share a key. With the engine: another one of
  // the same version counts its changes anew.
  const std::string key =
      fmt::format("{} {} {} {} {} {} {}{} {}{}", engine->number(), request.k, static_cast<int>(wanted->form.seen),
                  static_cast<int>(wanted->form.channel), wanted->record, request.query.size(), request.query,
                  wanted->category.size(), wanted->category, request.user);
  // Asked before the list is made: an event that comes in between makes the answer look older than it is, never newer.
  const uint64_t version = engine->version_of(request.user);
  if (kept) {
    if (std::optional<std::string> answer = backend.cache.find(key, version)) {
      backend.metrics.list_given(Metrics::List::kFromCache);
      backend.stats.list(since(begun), true);
      call.respond({.status = 200, .body = std::move(*answer)});
      return;
    }
  }
  const Result<Json> document = make_list(backend, *engine, *wanted, begun);
  if (!document) {
    call.refuse(document.error());
    return;
  }
  HttpResponse response = json_response(200, *document);
  if (kept) {
    backend.cache.put(key, version, response.body);
  }
  call.respond(std::move(response));
}

Result<std::vector<std::string>> ids_of(const Json& list, const char* name, size_t most) {
  std::vector<std::string> ids;
  for (const Json& one : list.is_array() ? list : Json::array({nullptr})) {
    const auto id = id_in(one);
    if (!id || ids.size() >= most) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is no list of up to {} ids", name, most), name,
                   R"(write ["50", "100"])"});
    }
    ids.push_back(*id);
  }
  return ids;
}

Result<std::vector<std::pair<std::string, std::string>>> pairs_of(const Json& object, const char* name) {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (!object.is_object()) {
    return fail(
        {ErrorCode::kInvalidArgument, fmt::format("'{}' is no object", name), name, R"(write {"device": "phone"})"});
  }
  for (const auto& [field, value] : object.items()) {
    for (const Json& one : value.is_array() ? value : Json::array({value})) {
      if (!one.is_string() && !one.is_number()) {
        return fail({ErrorCode::kInvalidArgument, fmt::format("'{}.{}' is neither text nor a number", name, field),
                     fmt::format("{}.{}", name, field), "write \"text\" or 12.5"});
      }
      pairs.emplace_back(field, one.is_string() ? one.get<std::string>() : one.dump());
    }
  }
  return pairs;
}

void post_recommendations(Backend& backend, const Call& call) {
  const auto begun = Clock::now();
  Wanted wanted;
  std::vector<std::string> users;
  const auto read = [&]() -> Status {
    HAINA_TRY(const Json body, call.object());
    for (const auto& [name, value] : body.items()) {
      const auto wrong = [&, at = name](const char* expected) {
        return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is not {}", at, expected), at,
                     fmt::format("give {}", expected)});
      };
      if (name == "history") {
        HAINA_TRY(wanted.request.history, ids_of(value, "history", kMostHistory));
      } else if (name == "users") {
        HAINA_TRY(users, ids_of(value, "users", kMostUsers));
      } else if (name == "profile") {
        HAINA_TRY(const Cells cells, parse_cells(value.is_object() ? value : Json::object(),
                                                 backend.engines.get()->dataset().fields, Side::kUser, "profile"));
        for (const auto& [field, values] : cells) {
          for (const std::string& cell : values) {
            wanted.request.profile.emplace_back(field, cell);
          }
        }
      } else if (name == "context") {
        HAINA_TRY(wanted.request.context, pairs_of(value, "context"));
      } else if (name == "query" || name == "category" || name == "channel" || name == "user") {
        const auto text = id_in(value);
        if (!text) {
          return wrong("text");
        }
        if (name == "channel") {
          HAINA_TRY(wanted.form.channel, parse_channel(*text));
        } else {
          (name == "query" ? wanted.request.query : name == "category" ? wanted.category : wanted.request.user) = *text;
        }
      } else if (name == "k") {
        if (!value.is_number_integer() || value < 1 || value > kMostItems) {
          return wrong("a whole number from 1 to 1000");
        }
        wanted.request.k = value;
      } else if (name == "explain" || name == "exclude_seen" || name == "record") {
        if (!value.is_boolean()) {
          return wrong("true or false");
        }
        if (name == "explain") {
          wanted.form.reasons = value.get<bool>() ? Reasons::kGive : Reasons::kSkip;
        } else if (name == "exclude_seen") {
          wanted.form.seen = value.get<bool>() ? Seen::kLeaveOut : Seen::kOffer;
        } else {
          wanted.record = value;
        }
      } else {
        return fail({ErrorCode::kInvalidArgument, fmt::format("no '{}' here", name), name,
                     "give user or users, history, query, profile, context, category, channel, k, explain, "
                     "exclude_seen, record"});
      }
    }
    return ok();
  };
  if (const Status done = read(); !done) {
    call.refuse(done.error());
    return;
  }
  if (users.empty()) {
    if (wanted.request.user.empty() || call.may_touch(wanted.request.user)) {
      call.answer(make_list(backend, *backend.engines.get(), wanted, begun));
    }
    return;
  }
  Json lists = Json::array();
  for (const std::string& user : users) {
    if (!call.may_touch(user)) {
      return;
    }
    wanted.request.user = user;
    const Result<Json> list = make_list(backend, *backend.engines.get(), wanted, Clock::now());
    if (!list) {
      call.refuse(list.error());
      return;
    }
    lists.push_back(*list);
  }
  call.respond(json_response(200, {{"lists", lists}}));
}

void get_search(Backend& backend, const Call& call) {
  const auto begun = Clock::now();
  Wanted wanted = {.request = {.user = call.text("user"), .history = {}, .query = call.text("q")},
                   .form = {.reasons = call.truth("explain", false) ? Reasons::kGive : Reasons::kSkip,
                            .seen = Seen::kOffer,
                            .matches = Matches::kAlone},
                   .category = call.text("category"),
                   .record = call.truth("record", true)};
  const Result<int64_t> k = call.number("k", 10, 1, kMostItems);
  if (!k) {
    call.refuse(k.error());
    return;
  }
  if (wanted.request.query.empty()) {
    call.refuse({ErrorCode::kInvalidArgument, "no words to search for", "q", "give q=space+war"});
    return;
  }
  wanted.request.k = *k;
  if (wanted.request.user.empty() || call.may_touch(wanted.request.user)) {
    call.answer(make_list(backend, *backend.engines.get(), wanted, begun));
  }
}

void get_similar(Backend& backend, const Call& call) {
  const Result<int64_t> k = call.number("k", 10, 1, kMostItems);
  k ? call.answer(backend.engines.get()->similar(call.path.at("id"), *k, call.text("category")))
    : call.refuse(k.error());
}

// One channel for nobody in particular.
void give_channel(Backend& backend, const Call& call, Channel channel) {
  const Result<int64_t> k = call.number("k", 10, 1, kMostItems);
  if (!k) {
    call.refuse(k.error());
    return;
  }
  const Wanted wanted = {.request = {.user = "", .history = {}, .query = "", .k = *k},
                         .form = {.reasons = Reasons::kSkip, .channel = channel},
                         .category = call.text("category"),
                         .record = false};
  call.answer(make_list(backend, *backend.engines.get(), wanted, Clock::now()));
}

const std::vector<Parameter> kShort = {{"k", "how many, 10 if not said", "integer", 1, kMostItems},
                                       {"category", "items of that category alone"}};
constexpr const char* kBody = R"({"type": "object", "additionalProperties": false, "properties": {
  "user": {"type": "string"}, "users": {"type": "array", "maxItems": 100, "items": {"type": "string"}},
  "history": {"type": "array", "maxItems": 10000, "items": {"type": "string"}}, "query": {"type": "string"},
  "profile": {"type": "object"}, "context": {"type": "object"}, "category": {"type": "string"},
  "channel": {"enum": ["all", "fused", "similar", "friends", "query", "trending", "popular", "fresh"]},
  "k": {"type": "integer", "minimum": 1, "maximum": 1000}, "explain": {"type": "boolean"},
  "exclude_seen": {"type": "boolean"}, "record": {"type": "boolean"}}})";

}  // namespace

std::vector<Route> list_routes() {
  return {
      {"GET",
       "/v1/users/{id}/recommendations",
       "A list for a user as they are at this moment",
       Scope::kRead,
       {{"k", "its length, 10 if not said", "integer", 1, kMostItems},
        {"explain", "1: with the reasons", "boolean"},
        {"query", "search words, which come before habits"},
        {"channel", "fused, similar, friends, query, trending, popular or fresh: that one alone"},
        {"category", "items of that category alone"},
        {"exclude_seen", "0: also what the user had", "boolean"},
        {"record", "0: the list is not counted as shown, and has no id", "boolean"}},
       nullptr,
       get_recommendations},
      {"POST",
       "/v1/recommendations",
       "A list for someone by history, query words and profile; or lists for a batch of users",
       Scope::kRead,
       {},
       kBody,
       post_recommendations},
      {"GET",
       "/v1/search",
       "Items that hold one of the words or more, in the order of the user's taste",
       Scope::kRead,
       {{"q", "the words"},
        {"user", "whose taste, nobody's if not said"},
        {"k", "how many, 10 if not said", "integer", 1, kMostItems},
        {"category", "items of that category alone"},
        {"explain", "1: with the reasons", "boolean"},
        {"record", "0: the list is not counted as shown", "boolean"}},
       nullptr,
       get_search},
      {"GET", "/v1/items/{id}/similar", "Items nearest in the fused space", Scope::kRead, kShort, nullptr, get_similar},
      {"GET", "/v1/popular", "Most wanted of all", Scope::kRead, kShort, nullptr,
       [](Backend& backend, const Call& call) { give_channel(backend, call, Channel::kPopular); }},
      {"GET", "/v1/trending", "Most wanted of late", Scope::kRead, kShort, nullptr,
       [](Backend& backend, const Call& call) { give_channel(backend, call, Channel::kTrending); }},
      {"GET", "/v1/latest", "Items that came in since training", Scope::kRead, kShort, nullptr,
       [](Backend& backend, const Call& call) { give_channel(backend, call, Channel::kFresh); }}};
}

}  // namespace haina
