#include "service/api/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/log.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "service/http/console_files.h"
#include "service/api/api_keys.h"
#include "service/telemetry/prometheus.h"
#include "service/http/problem_json.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr size_t kLongestRequestId = 128;
constexpr const char* kHeaders = "Content-Type, X-API-Key, Authorization, X-Request-Id";

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

std::vector<std::string> cut(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(at, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool is_name(const std::string& part) { return part.starts_with('{'); }

bool fits(const std::vector<std::string>& wanted, const std::vector<std::string>& parts) {
  return wanted.size() == parts.size() &&
         std::equal(wanted.begin(), wanted.end(), parts.begin(), [](const std::string& want, const std::string& part) {
           return is_name(want) ? !part.empty() : want == part;
         });
}

}  // namespace

Api::Api(Backend backend, ApiOptions options)
    : backend_(backend),
      options_(std::move(options)),
      limit_(options_.requests_a_second),
      begun_(static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count())) {
  backend_.api = this;
  for (auto* const group : {service_routes, event_routes, list_routes, entity_routes, model_routes}) {
    std::ranges::move(group(), std::back_inserter(routes_));
  }
  if (options_.gorse) {
    std::ranges::move(gorse_routes(), std::back_inserter(routes_));
  }
  for (const Route& route : routes_) {
    parts_.push_back(cut(route.path, '/'));
  }
}

// What every answer has: its request's id, what browsers ask for; and what is counted and logged of it.
HttpServer::Respond Api::finishing(const HttpRequest& request, const std::string& id, const Route* route,
                                   HttpServer::Respond respond) {
  std::string origin;
  for (const std::string& allowed : options_.cors) {
    if (allowed == "*" || allowed == request.origin) {
      origin = request.origin.empty() ? "" : allowed;
    }
  }
  struct Named {
    std::string method, target, peer;
  };
  // Only what will be logged is copied; the request itself may be gone by then.
  const Named named = {request.method, request.target.substr(0, 200), request.peer};
  const auto begun = std::chrono::steady_clock::now();
  return [this, id, route, named, origin, begun, respond = std::move(respond)](HttpResponse response) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    response.headers.emplace_back("X-Request-Id", id);
    if (!origin.empty()) {
      response.headers.emplace_back("Access-Control-Allow-Origin", origin);
      response.headers.emplace_back("Vary", "Origin");
      response.headers.emplace_back("Access-Control-Expose-Headers", "X-Request-Id");
    }
    if (route != nullptr) {
      backend_.metrics.answered(route->method, route->path, response.status, seconds);
    }
    if (options_.log_all || response.status >= 500 || response.status == 401 || response.status == 403 ||
        response.status == 429) {
      const Json line = {{"request", id},      {"method", named.method},    {"target", named.target},
                         {"peer", named.peer}, {"status", response.status}, {"ms", std::round(seconds * 1e5) / 100}};
      log(response.status >= 400 ? LogLevel::kWarning : LogLevel::kInfo,
          line.dump(-1, ' ', false, Json::error_handler_t::replace));
    }
    respond(std::move(response));
  };
}

const Route* Api::find(const HttpRequest& request, std::string_view path, std::string& allowed) const {
  const std::vector<std::string> parts = cut(path, '/');
  for (size_t r = 0; r < routes_.size(); ++r) {
    if (fits(parts_[r], parts)) {
      if (request.method == routes_[r].method) {
        return &routes_[r];
      }
      allowed += (allowed.empty() ? "" : ", ") + std::string(routes_[r].method);
    }
  }
  return nullptr;
}

bool Api::read_parts(const Route& route, std::string_view path, std::string_view query, Call& call) const {
  const std::vector<std::string> wanted = cut(route.path, '/'), parts = cut(path, '/');
  for (size_t i = 0; i < parts.size(); ++i) {
    if (is_name(wanted[i])) {
      const auto plain = unescaped(parts[i], false);
      if (!plain) {
        call.refuse(
            {ErrorCode::kBadData, "the path is not UTF-8 in percent signs", wanted[i], "escape the id byte by byte"});
        return false;
      }
      call.path[wanted[i].substr(1, wanted[i].size() - 2)] = *plain;
    }
  }
  for (const std::string& pair : query.empty() ? std::vector<std::string>() : cut(query, '&')) {
    const size_t equals = std::min(pair.find('='), pair.size());
    const auto name = unescaped(std::string_view(pair).substr(0, equals), true);
    const auto value = unescaped(equals == pair.size() ? "" : std::string_view(pair).substr(equals + 1), true);
    std::vector<std::string> known;
    const Parameter* found = nullptr;
    for (const Parameter& parameter : route.query) {
      known.emplace_back(parameter.name);
      found = name && *name == parameter.name ? &parameter : found;
    }
    if (found == nullptr || !value) {
      call.refuse({ErrorCode::kInvalidArgument, fmt::format("no parameter '{}' here", name.value_or("?")), "query",
                   known.empty() ? "leave it out" : did_you_mean(name.value_or(""), known)});
      return false;
    }
    if (std::string_view(found->type) == "boolean" && *value != "0" && *value != "1" && *value != "true" &&
        *value != "false") {
      call.refuse({ErrorCode::kInvalidArgument, fmt::format("{} is '{}'", *name, *value), *name, "give 1 or 0"});
      return false;
    }
    call.query[*name] = *value;
  }
  return true;
}

// Whether the request's key may do this; else it has been answered.
bool Api::may(const Route& route, Call& call) {
  const auto limited = [&](const std::string& sender) {
    if (limit_.take(sender)) {
      return false;
    }
    HttpResponse response = problem(429, "too many requests", "send fewer a second");
    response.headers.emplace_back("Retry-After", "1");
    call.respond(std::move(response));
    return true;
  };
  if (!route.needs) {
    return true;
  }
  const Result<std::optional<ApiKey>> key = backend_.keys.find(call.request.key);
  if (!key) {
    call.refuse(key.error());
    return false;
  }
  if (limited(*key && !(*key)->name.empty() ? "key " + (*key)->name : "peer " + call.request.peer)) {
    return false;
  }
  if (*key && (*key)->scope >= *route.needs) {
    call.key = **key;
    return true;
  }
  log_warning(fmt::format("refused: {} {} with {}", route.method, route.path,
                          *key ? fmt::format("the key '{}' of scope {}", (*key)->name, to_string((*key)->scope))
                          : call.request.key.empty() ? "no key"
                                                     : "an unknown key"));
  HttpResponse response =
      *key ? problem(403, fmt::format("a key of scope {} may not do this", to_string((*key)->scope)),
                     fmt::format("use a key of scope {}", to_string(*route.needs)))
           : problem(401, call.request.key.empty() ? "no API key was sent" : "the API key is unknown",
                     "send a key as X-API-Key or Authorization: Bearer; haina keys add makes one");
  if (!*key) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  }
  call.respond(std::move(response));
  return false;
}

void Api::answer(const HttpRequest& request, HttpServer::Respond respond) {
  const std::string_view target = request.target;
  const size_t mark = std::min(target.find('?'), target.size());
  const std::string_view path = target.substr(0, mark);
  const std::string_view query = mark == target.size() ? std::string_view() : target.substr(mark + 1);
  const bool usable = !request.id.empty() && request.id.size() <= kLongestRequestId &&
                      std::ranges::all_of(request.id, [](unsigned char c) { return c > 32 && c < 127; });
  const std::string id = usable ? request.id : fmt::format("{:x}-{:x}", begun_, ++requests_);
  std::string allowed;
  const Route* const route = find(request, path, allowed);
  Call call = {.request = request, .respond = finishing(request, id, route, std::move(respond))};
  if (route != nullptr) {
    if (may(*route, call) && read_parts(*route, path, query, call)) {
      route->call(backend_, call);
    }
    return;
  }
  if (request.method == "OPTIONS" && !allowed.empty()) {
    HttpResponse response = {.status = 204, .body = ""};
    response.headers = {{"Allow", allowed},
                        {"Access-Control-Allow-Methods", allowed},
                        {"Access-Control-Allow-Headers", kHeaders},
                        {"Access-Control-Max-Age", "600"}};
    call.respond(std::move(response));
    return;
  }
  if (!allowed.empty()) {
    HttpResponse response = problem(405, fmt::format("{} is not possible here", request.method), "use " + allowed);
    response.headers.emplace_back("Allow", allowed);
    call.respond(std::move(response));
    return;
  }
  if (const ConsoleFile* const file = request.method == "GET" ? console_file(path) : nullptr) {
    call.respond({.status = 200,
                  .body = std::string(file->bytes),
                  .content_type = file->type,
                  .headers = {{"Cache-Control", file->lasts ? "public, max-age=31536000, immutable" : "no-cache"},
                              {"Content-Security-Policy",
                               "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"},
                              {"X-Content-Type-Options", "nosniff"},
                              {"X-Frame-Options", "DENY"}}});
    return;
  }
  call.respond(problem(404, "nothing is here", "see /v1/openapi.json"));
}

Json Api::openapi() const {
  Json paths = Json::object();
  const Json problem_content = {{"application/problem+json",
                                 {{"schema",
                                   {{"type", "object"},
                                    {"properties",
                                     {{"title", {{"type", "string"}}},
                                      {"status", {{"type", "integer"}}},
                                      {"detail", {{"type", "string"}}},
                                      {"mend", {{"type", "string"}}},
                                      {"at", {{"type", "string"}}}}}}}}}};
  for (const Route& route : routes_) {
    std::string method = route.method;
    std::ranges::transform(method, method.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    Json parameters = Json::array();
    for (const std::string& part : cut(route.path, '/')) {
      if (is_name(part)) {
        parameters.push_back({{"name", part.substr(1, part.size() - 2)},
                              {"in", "path"},
                              {"required", true},
                              {"schema", {{"type", "string"}, {"minLength", 1}}}});
      }
    }
    for (const Parameter& parameter : route.query) {
      Json schema = {{"type", parameter.type}};
      if (schema["type"] == "integer") {
        schema["minimum"] = parameter.least;
        schema["maximum"] = parameter.most;
      }
      parameters.push_back(
          {{"name", parameter.name}, {"in", "query"}, {"description", parameter.says}, {"schema", schema}});
    }
    Json operation = {{"summary", route.summary},
                      {"parameters", parameters},
                      {"responses",
                       {{"200", {{"description", "as it is"}, {"content", {{"application/json", Json::object()}}}}},
                        {"default", {{"description", "a problem, with its mend"}, {"content", problem_content}}}}}};
    if (route.needs) {
      operation["security"] = {{{"key", Json::array()}}};
      operation["description"] = fmt::format("Needs a key of scope {}, once there are keys.", to_string(*route.needs));
    }
    if (route.body != nullptr) {
      operation["requestBody"] = {{"required", true},
                                  {"content", {{"application/json", {{"schema", Json::parse(route.body)}}}}}};
    }
    paths[route.path][method] = operation;
  }
  return {
      {"openapi", "3.1.0"},
      {"info", {{"title", "Haina"}, {"version", "1"}}},
      {"components", {{"securitySchemes", {{"key", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}}}}}},
      {"paths", paths}};
}

}  // namespace haina
