#include "service/api.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <map>

#include "base/log.h"
#include "base/suggest.h"
#include "data/delimited.h"
#include "service/events_json.h"
#include "service/problem.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr int64_t kMostItems = 1000;   // a list
constexpr int64_t kMostListed = 1000;  // events read back

HttpResponse json_response(int status, const Json& document) {
  return {.status = status, .body = document.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

// %41 as 'A', and '+' as a blank where it is a query; nothing where it is cut off or no UTF-8.
std::optional<std::string> unescaped(std::string_view text, bool query) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      int code = 0;
      const std::string_view digits = text.substr(i + 1, 2);
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
      if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) {
        return std::nullopt;
      }
      plain += static_cast<char>(code);
      i += 2;
    } else {
      plain += query && text[i] == '+' ? ' ' : text[i];
    }
  }
  return is_valid_utf8(plain) && plain.find('\0') == std::string::npos ? std::optional(plain) : std::nullopt;
}

std::vector<std::string_view> cut(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(at, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

struct Api::Call {
  const HttpRequest& request;
  std::map<std::string, std::string, std::less<>> path;   // "id"
  std::map<std::string, std::string, std::less<>> query;  // "k"
  HttpServer::Respond respond;

  void refuse(const Error& error) const { respond(problem(error)); }
  void answer(const Result<Json>& document) const {
    document ? respond(json_response(200, *document)) : refuse(document.error());
  }
  std::string text(std::string_view name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
  }
  Result<int64_t> number(std::string_view name, int64_t otherwise, int64_t most) const {
    const auto found = query.find(name);
    if (found == query.end()) {
      return otherwise;
    }
    int64_t value = 0;
    const std::string& text = found->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > most) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("{} is '{}'", name, text), std::string(name),
                   fmt::format("give a whole number from 1 to {}", most)});
    }
    return value;
  }
};

struct Api::Route {
  const char* method;
  const char* path;  // "{id}" stands for one part
  const char* summary;
  std::optional<Scope> needs;                              // nothing: open to all
  std::vector<std::pair<const char*, const char*>> query;  // name, what it says
  void (*call)(Api&, const Call&);
};

const std::vector<Api::Route>& Api::routes() {
  static const std::vector<Route> routes = {
      {"GET", "/healthz", "Whether the process lives", {}, {}, [](Api& api, const Call& c) { api.health(c); }},
      {"GET",
       "/readyz",
       "Whether it can answer: model, users, items",
       {},
       {},
       [](Api& api, const Call& c) { api.health(c); }},
      {"GET",
       "/metrics",
       "What the service counts, for Prometheus",
       Scope::kRead,
       {},
       [](Api& api, const Call& c) {
         c.respond({.status = 200, .body = api.metrics_.text(), .content_type = "text/plain; version=0.0.4"});
       }},
      {"GET",
       "/v1/openapi.json",
       "This document",
       {},
       {},
       [](Api& api, const Call& c) { c.respond(json_response(200, api.openapi())); }},
      {"POST",
       "/v1/events",
       "Events in, durable when acknowledged: {\"events\": [...]}, or NDJSON",
       Scope::kWrite,
       {},
       [](Api& api, const Call& c) { api.post_events(c); }},
      {"GET",
       "/v1/users/{id}/events",
       "A user's newest events that came in live, newest first",
       Scope::kRead,
       {{"limit", "how many at most, 50 if not said"}},
       [](Api& api, const Call& c) { api.get_events(c); }},
      {"GET",
       "/v1/users/{id}/recommendations",
       "A list for a user as they are at this moment",
       Scope::kRead,
       {{"k", "its length, 10 if not said"},
        {"explain", "1: with the reasons"},
        {"query", "search words, which come before habits"},
        {"exclude_seen", "0: also what the user had"}},
       [](Api& api, const Call& c) { api.get_recommendations(c); }},
      {"POST",
       "/v1/recommendations",
       "A list for someone anonymous: {\"history\": [item, ...], \"query\", \"k\", \"explain\"}",
       Scope::kRead,
       {},
       [](Api& api, const Call& c) { api.post_recommendations(c); }},
      {"GET",
       "/v1/search",
       "Items that hold one of the words or more, in the order of the user's taste",
       Scope::kRead,
       {{"q", "the words"}, {"user", "whose taste, nobody's if not said"}, {"k", "how many, 10 if not said"}},
       [](Api& api, const Call& c) { api.get_search(c); }},
      {"DELETE",
       "/v1/items/{id}",
       "An item out of every list, for good",
       Scope::kWrite,
       {},
       [](Api& api, const Call& c) { api.delete_item(c); }},
      {"PATCH",
       "/v1/items/{id}",
       "An item out of every list or back: {\"hidden\": true | false}",
       Scope::kWrite,
       {},
       [](Api& api, const Call& c) { api.patch_item(c); }},
      {"DELETE",
       "/v1/users/{id}",
       "A user forgotten: their events deleted, what was prepared of them not used any more",
       Scope::kWrite,
       {},
       [](Api& api, const Call& c) { api.delete_user(c); }},
      {"GET",
       "/v1/items/{id}/similar",
       "Items nearest in the fused space",
       Scope::kRead,
       {{"k", "how many, 10 if not said"}},
       [](Api& api, const Call& c) { api.get_similar(c); }}};
  return routes;
}

Api::Api(Engine& engine, CommitQueue& queue, Store session, KeyRing& keys, size_t cache_bytes)
    : engine_(engine), queue_(queue), keys_(keys), session_(std::move(session)), cache_(cache_bytes) {}

// Whether the request's key may do this; else it has been answered.
bool Api::may(const Call& call, const Route& route) {
  if (!route.needs) {
    return true;
  }
  const Result<std::optional<Scope>> scope = keys_.scope_of(call.request.key);
  if (!scope) {
    call.refuse(scope.error());
    return false;
  }
  if (*scope && **scope >= *route.needs) {
    return true;
  }
  log_warning(fmt::format("refused: {} {} with {}", route.method, route.path,
                          *scope                     ? fmt::format("a key of scope {}", to_string(**scope))
                          : call.request.key.empty() ? "no key"
                                                     : "an unknown key"));
  HttpResponse response =
      *scope ? problem(403, fmt::format("a key of scope {} may not do this", to_string(**scope)),
                       fmt::format("use a key of scope {}", to_string(*route.needs)))
             : problem(401, call.request.key.empty() ? "no API key was sent" : "the API key is unknown",
                       "send a key as X-API-Key or Authorization: Bearer; haina keys add makes one");
  if (!*scope) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  }
  call.respond(std::move(response));
  return false;
}

void Api::answer(const HttpRequest& request, HttpServer::Respond respond) {
  const std::string_view target = request.target;
  const size_t mark = std::min(target.find('?'), target.size());
  const std::vector<std::string_view> parts = cut(target.substr(0, mark), '/');
  Call call = {request, {}, {}, std::move(respond)};
  std::string allowed;
  for (const Route& route : routes()) {
    const std::vector<std::string_view> wanted = cut(route.path, '/');
    bool fits = wanted.size() == parts.size();
    for (size_t i = 0; fits && i < parts.size(); ++i) {
      fits = wanted[i].starts_with('{') ? !parts[i].empty() : wanted[i] == parts[i];
    }
    if (!fits) {
      continue;
    }
    if (request.method != route.method) {
      allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
      continue;
    }
    const auto begun = std::chrono::steady_clock::now();
    call.respond = [this, &route, begun, respond = std::move(call.respond)](HttpResponse response) {
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
      metrics_.answered(route.method, route.path, response.status, taken.count());
      respond(std::move(response));
    };
    if (!may(call, route)) {
      return;
    }
    for (size_t i = 0; i < parts.size(); ++i) {
      if (wanted[i].starts_with('{')) {
        const auto plain = unescaped(parts[i], false);
        if (!plain) {
          call.refuse({ErrorCode::kBadData, "the path is not UTF-8 in percent signs", std::string(wanted[i]),
                       "escape the id byte by byte"});
          return;
        }
        call.path[std::string(wanted[i].substr(1, wanted[i].size() - 2))] = *plain;
      }
    }
    const std::string_view query = mark == target.size() ? std::string_view() : target.substr(mark + 1);
    for (const std::string_view pair : query.empty() ? std::vector<std::string_view>() : cut(query, '&')) {
      const size_t equals = std::min(pair.find('='), pair.size());
      const auto name = unescaped(pair.substr(0, equals), true);
      const auto value = unescaped(equals == pair.size() ? "" : pair.substr(equals + 1), true);
      std::vector<std::string> known;
      for (const auto& [known_name, says] : route.query) {
        known.emplace_back(known_name);
      }
      if (!name || !value || std::ranges::find(known, *name) == known.end()) {
        call.refuse({ErrorCode::kInvalidArgument, fmt::format("no parameter '{}' here", name.value_or("?")), "query",
                     known.empty() ? "leave it out" : did_you_mean(name.value_or(""), known)});
        return;
      }
      call.query[*name] = *value;
    }
    route.call(*this, call);
    return;
  }
  if (!allowed.empty()) {
    HttpResponse response = problem(405, fmt::format("{} is not possible here", request.method), "use " + allowed);
    response.headers.emplace_back("Allow", allowed);
    call.respond(std::move(response));
    return;
  }
  call.respond(problem(404, "nothing is here", "see /v1/openapi.json"));
}

void Api::health(const Call& call) const {
  Json document = engine_.about();
  document["status"] = "ok";
  call.respond(json_response(200, document));
}

void Api::post_events(const Call& call) {
  const bool lines = call.request.content_type.starts_with("application/x-ndjson");
  Result<std::vector<LiveEvent>> events =
      lines ? parse_event_lines(call.request.body) : parse_events(call.request.body);
  if (!events) {
    call.refuse(events.error());
    return;
  }
  const bool taken =
      queue_.hand_in(std::move(*events), [this, respond = call.respond](const Result<std::vector<bool>>& fresh) {
        if (!fresh) {
          respond(problem(fresh.error()));
          return;
        }
        const auto accepted = std::ranges::count(*fresh, true);
        metrics_.events_taken(accepted, std::ssize(*fresh) - accepted);
        respond(json_response(200, {{"accepted", accepted}, {"known", std::ssize(*fresh) - accepted}}));
      });
  if (!taken) {
    HttpResponse response = problem(503, "too many events wait to be written", "send them again in a second");
    response.headers.emplace_back("Retry-After", "1");
    call.respond(std::move(response));
  }
}

void Api::get_events(const Call& call) {
  const Result<int64_t> limit = call.number("limit", 50, kMostListed);
  if (!limit) {
    call.refuse(limit.error());
    return;
  }
  const std::string& user = call.path.at("id");
  Result<std::vector<LiveEvent>> events = [&] {
    const std::scoped_lock lock(session_mutex_);
    return session_.events_of(user, *limit);
  }();
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

void Api::get_recommendations(const Call& call) {
  const Result<int64_t> k = call.number("k", 10, kMostItems);
  if (!k) {
    call.refuse(k.error());
    return;
  }
  const RecommendRequest request = {.user = call.path.at("id"), .history = {}, .query = call.text("query"), .k = *k};
  const ListForm form = {.reasons = call.text("explain") == "1" ? Reasons::kGive : Reasons::kSkip,
                         .seen = call.text("exclude_seen") == "0" ? Seen::kOffer : Seen::kLeaveOut,
                         .matches = Matches::kFirst};
  // With the query's length: both texts may hold any letter, and no two requests may share a key.
  const std::string key = fmt::format("{} {} {} {} {}{}", *k, static_cast<int>(form.reasons),
                                      static_cast<int>(form.seen), request.query.size(), request.query, request.user);
  // Asked before the list is made: an event that comes in between makes the answer look older than it is, never newer.
  const uint64_t version = engine_.version_of(request.user);
  if (std::optional<std::string> answer = cache_.find(key, version)) {
    metrics_.list_given(Metrics::List::kFromCache);
    call.respond({.status = 200, .body = std::move(*answer)});
    return;
  }
  const Result<Json> document = engine_.recommend(request, form);
  if (!document) {
    call.refuse(document.error());
    return;
  }
  HttpResponse response = json_response(200, *document);
  metrics_.list_given(Metrics::List::kMade);
  cache_.put(key, version, response.body);
  call.respond(std::move(response));
}

void Api::post_recommendations(const Call& call) const {
  const auto wrong = [&](const char* what) {
    call.refuse({ErrorCode::kInvalidArgument, what, "body", R"(send {"history": ["50", "100"], "k": 10})"});
  };
  const Json body = is_valid_utf8(call.request.body) ? Json::parse(call.request.body, nullptr, false) : Json();
  if (!body.is_object()) {
    wrong("the body is no JSON object");
    return;
  }
  RecommendRequest request;
  Reasons reasons = Reasons::kSkip;
  for (const auto& [name, value] : body.items()) {
    if (name == "history" && value.is_array() && value.size() <= 10'000 &&
        std::ranges::all_of(value, [](const Json& item) { return item.is_string() || item.is_number_integer(); })) {
      for (const Json& item : value) {
        request.history.push_back(item.is_string() ? item.get<std::string>() : item.dump());
      }
    } else if (name == "query" && value.is_string()) {
      request.query = value;
    } else if (name == "k" && value.is_number_integer() && value >= 1 && value <= kMostItems) {
      request.k = value;
    } else if (name == "explain" && value.is_boolean()) {
      reasons = value.get<bool>() ? Reasons::kGive : Reasons::kSkip;
    } else {
      wrong(
          "a name or a value is not one of: history (item ids), query (text), k (1 to 1000), explain (true or false)");
      return;
    }
  }
  call.answer(engine_.recommend(request, {.reasons = reasons}));
}

void Api::get_search(const Call& call) const {
  const Result<int64_t> k = call.number("k", 10, kMostItems);
  if (!k) {
    call.refuse(k.error());
    return;
  }
  const RecommendRequest request = {.user = call.text("user"), .history = {}, .query = call.text("q"), .k = *k};
  if (request.query.empty()) {
    call.refuse({ErrorCode::kInvalidArgument, "no words to search for", "q", "give q=space+war"});
    return;
  }
  call.answer(
      engine_.recommend(request, {.reasons = Reasons::kSkip, .seen = Seen::kOffer, .matches = Matches::kAlone}));
}

void Api::get_similar(const Call& call) const {
  const Result<int64_t> k = call.number("k", 10, kMostItems);
  k ? call.answer(engine_.similar(call.path.at("id"), *k)) : call.refuse(k.error());
}

// In the order of the events: `change` of the store, then `learn` of the engine, then the answer.
void Api::change(const Call& call, std::function<Status(Store&)> change, std::function<void()> learn, Json answer) {
  queue_.between([respond = call.respond, change = std::move(change), learn = std::move(learn),
                  answer = std::move(answer)](Store& store) {
    if (const Status changed = change(store); !changed) {
      respond(problem(changed.error()));
      return;
    }
    learn();
    respond(json_response(200, answer));
  });
}

void Api::delete_item(const Call& call) {
  const std::string item = call.path.at("id");
  change(
      call, [item](Store& store) { return store.hide_item(item); }, [this, item] { engine_.hide(item); },
      {{"item", item}, {"hidden", true}});
}

void Api::patch_item(const Call& call) {
  const Json body = is_valid_utf8(call.request.body) ? Json::parse(call.request.body, nullptr, false) : Json();
  if (!body.is_object() || body.size() != 1 || !body.contains("hidden") || !body["hidden"].is_boolean()) {
    call.refuse({ErrorCode::kInvalidArgument, "the body says nothing of an item that can be changed", "body",
                 R"(send {"hidden": false})"});
    return;
  }
  if (body["hidden"].get<bool>()) {
    delete_item(call);
    return;
  }
  const std::string item = call.path.at("id");
  change(
      call, [item](Store& store) { return store.show_item(item); }, [this, item] { engine_.show(item); },
      {{"item", item}, {"hidden", false}});
}

void Api::delete_user(const Call& call) {
  const std::string user = call.path.at("id");
  change(
      call, [user](Store& store) { return store.forget_user(user); }, [this, user] { engine_.forget(user); },
      {{"user", user}, {"forgotten", true}});
}

Json Api::openapi() const {
  Json paths = Json::object();
  for (const Route& route : routes()) {
    std::string method = route.method;
    std::ranges::transform(method, method.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    Json parameters = Json::array();
    for (const std::string_view part : cut(route.path, '/')) {
      if (part.starts_with('{')) {
        parameters.push_back({{"name", part.substr(1, part.size() - 2)},
                              {"in", "path"},
                              {"required", true},
                              {"schema", {{"type", "string"}}}});
      }
    }
    for (const auto& [name, says] : route.query) {
      parameters.push_back({{"name", name}, {"in", "query"}, {"description", says}, {"schema", {{"type", "string"}}}});
    }
    const Json problem_content = {{"application/problem+json", {{"schema", {{"type", "object"}}}}}};
    Json operation = {{"summary", route.summary},
                      {"parameters", parameters},
                      {"responses",
                       {{"200", {{"description", "as it is"}, {"content", {{"application/json", Json::object()}}}}},
                        {"default", {{"description", "a problem, with its mend"}, {"content", problem_content}}}}}};
    if (method == "post" || method == "patch") {
      operation["requestBody"] = {{"required", true},
                                  {"content", {{"application/json", {{"schema", {{"type", "object"}}}}}}}};
    }
    paths[route.path][method] = operation;
  }
  return {{"openapi", "3.1.0"}, {"info", {{"title", "Haina"}, {"version", "1"}}}, {"paths", paths}};
}

}  // namespace haina
