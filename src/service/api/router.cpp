#include "service/api/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <exception>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "base/log_scope.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "service/api/api_keys.h"
#include "service/api/call.h"
#include "service/api/openapi.h"
#include "service/api/pretrained_networks.h"
#include "service/api/schemas.h"
#include "service/http/accept_encoding.h"
#include "service/http/console_files.h"
#include "service/http/origin.h"
#include "service/http/problem_json.h"
#include "service/http/worker_pool.h"
#include "service/telemetry/prometheus.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr const char* kHeaders = "Content-Type, X-API-Key, Authorization, X-Request-Id";

// Decodes "%41" as "A", and "+" as a space in a query. Nothing if an escape is incomplete, or if the result is not
// valid UTF-8 or has a NUL.
std::optional<std::string> percent_decoded(std::string_view text, bool query) {
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

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool is_placeholder(const std::string& segment) { return segment.starts_with('{'); }

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  return pattern.size() == segments.size() && std::equal(pattern.begin(), pattern.end(), segments.begin(),
                                                         [](const std::string& expected, const std::string& segment) {
                                                           return is_placeholder(expected) ? !segment.empty()
                                                                                           : expected == segment;
                                                         });
}

// A file of the console, compressed where the client takes that.
HttpResponse console_response(const ConsoleFile& file, std::string_view accepted) {
  const bool brotli = !file.brotli.empty() && accepts_encoding(accepted, "br");
  const bool gzip = !brotli && !file.gzip.empty() && accepts_encoding(accepted, "gzip");
  HttpResponse response = {
      .status = 200,
      .body = std::string(brotli ? file.brotli
                          : gzip ? file.gzip
                                 : file.bytes),
      .content_type = file.type,
      .headers = {
          {"Cache-Control", file.lasts ? "public, max-age=31536000, immutable" : "no-cache"},
          {"Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"},
          {"Vary", "Accept-Encoding"},
          {"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"}}};
  if (brotli || gzip) {
    response.headers.emplace_back("Content-Encoding", brotli ? "br" : "gzip");
  }
  return response;
}

HttpResponse unauthorized(const Error& why) {
  HttpResponse response = problem(401, why.what, why.hint);
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace

RouteTable v1_routes() {
  RouteTable table;
  for (auto* const group :
       {service_routes, event_routes, list_routes, item_routes, user_routes, rule_routes, model_routes, key_routes}) {
    std::ranges::move(group(), std::back_inserter(table.routes));
  }
  for (const Json& schemas : {list_schemas(), entity_schemas(), service_schemas()}) {
    table.schemas.update(schemas);
  }
  return table;
}

Api::Api(Backend backend, ApiOptions options, std::vector<RouteTable> tables)
    : backend_(backend),
      options_(std::move(options)),
      tables_(std::move(tables)),
      limit_(options_.requests_a_second),
      log_all_(options_.log_all),
      started_(static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count())) {
  backend_.api = this;
  for (const RouteTable& table : tables_) {
    for (const Route& route : table.routes) {
      entries_.push_back({&route, split(route.path, '/')});
    }
  }
}

Json Api::openapi() const { return openapi_document(tables_); }

const Api::Entry* Api::find(const HttpRequest& request, std::string_view path, std::string& allowed) const {
  const std::vector<std::string> segments = split(path, '/');
  for (const Entry& entry : entries_) {
    if (matches(entry.segments, segments)) {
      if (request.method == entry.route->method) {
        return &entry;
      }
      allowed += (allowed.empty() ? "" : ", ") + std::string(entry.route->method);
    }
  }
  return nullptr;
}

bool Api::read_parameters(const Entry& entry, std::string_view path, std::string_view query,
                          RequestContext& context) const {
  const std::vector<std::string> segments = split(path, '/');
  for (size_t i = 0; i < segments.size(); ++i) {
    const std::string& pattern = entry.segments[i];
    if (is_placeholder(pattern)) {
      const auto plain = percent_decoded(segments[i], false);
      if (!plain) {
        context.refuse({ErrorCode::kBadData, "the path is not percent-encoded UTF-8", pattern,
                        "percent-encode the id byte by byte"});
        return false;
      }
      if (const Status valid = check_id(*plain, pattern.substr(1, pattern.size() - 2)); !valid) {
        context.refuse(valid.error());
        return false;
      }
      context.path[pattern.substr(1, pattern.size() - 2)] = *plain;
    }
  }
  for (const std::string& pair : query.empty() ? std::vector<std::string>() : split(query, '&')) {
    const size_t equals = std::min(pair.find('='), pair.size());
    const auto name = percent_decoded(std::string_view(pair).substr(0, equals), true);
    const auto value = percent_decoded(equals == pair.size() ? "" : std::string_view(pair).substr(equals + 1), true);
    std::vector<std::string> known;
    const Parameter* found = nullptr;
    for (const Parameter& parameter : entry.route->query) {
      known.emplace_back(parameter.name);
      found = name && *name == parameter.name ? &parameter : found;
    }
    if (found == nullptr || !value) {
      context.refuse({ErrorCode::kInvalidArgument, fmt::format("this path has no parameter '{}'", name.value_or("?")),
                      "query", known.empty() ? "leave it out" : did_you_mean(name.value_or(""), known)});
      return false;
    }
    if (std::string_view(found->type) == "boolean" && *value != "0" && *value != "1" && *value != "true" &&
        *value != "false") {
      context.refuse({ErrorCode::kInvalidArgument, fmt::format("{} is '{}'", *name, *value), *name, "give 1 or 0"});
      return false;
    }
    const size_t most = found->most > 0 ? static_cast<size_t>(found->most) : kLongestId;
    if (std::string_view(found->type) == "string" && value->size() > most) {
      context.refuse({ErrorCode::kInvalidArgument, fmt::format("{} has {} bytes", *name, value->size()), *name,
                      fmt::format("give at most {} bytes", most)});
      return false;
    }
    context.query[*name] = *value;
  }
  return true;
}

// Without keys a web page of anybody's could use the service through the browser of whoever runs it: by its own name
// for this machine's address, or by requests that browsers send without asking.
bool Api::is_from_here(const RequestContext& context) const {
  const HttpRequest& request = context.request;
  const std::string host = host_without_port(request.host);
  const auto is_named = [&](const std::string& name) { return name == host || "[" + name + "]" == host; };
  if (!host.empty() && !is_named("localhost") && !is_named("127.0.0.1") && !is_named("::1") &&
      !std::ranges::any_of(options_.hosts, is_named)) {
    context.respond(problem(403, fmt::format("a service without keys does not answer to the name '{}'", host),
                            "call it localhost, allow the name with --allow-host, or add a key with haina keys add"));
    return false;
  }
  const bool allowed = std::ranges::any_of(
      options_.cors, [&](const std::string& origin) { return origin == "*" || origin == request.origin; });
  if (!request.origin.empty() && !allowed && !is_same_site(request.origin, request.host)) {
    context.respond(problem(403, "a service without keys does not answer to pages of other sites",
                            "allow the page's origin with --cors, or add a key with haina keys add"));
    return false;
  }
  return true;
}

bool Api::has_right_type(const RequestContext& context, const Route& route) const {
  const std::string& type = context.request.content_type;
  if (!context.request.has_body || (route.takes_media ? is_media_type(type) : is_json_type(type))) {
    return true;
  }
  if (route.takes_media) {
    context.respond(problem(415, "the body is not declared as a picture, a sound or a film",
                            "send Content-Type: image/jpeg, or what it is"));
    return false;
  }
  context.respond(problem(415, "the body is not declared as JSON", "send Content-Type: application/json"));
  return false;
}

// Routes that need no key have a limit of their own, and health another one, so that whoever watches the service is
// answered beside a client at the same address that asks too much.
bool Api::has_rate_left(const RequestContext& context, const Route* route, std::string_view path,
                        const std::optional<ApiKey>& key) {
  const bool is_open = route == nullptr || !route->needs;
  const bool is_health = path == "/healthz" || path == "/readyz";
  const std::string sender = !is_open && key && !key->name.empty() ? "key " + key->name
                                                                   : (is_health ? "health "
                                                                      : is_open ? "open "
                                                                                : "peer ") +
                                                                         context.request.peer;
  if (limit_.take(sender)) {
    return true;
  }
  backend_.metrics.refused("rate");
  context.respond(with_retry_after(problem(429, "too many requests", "send fewer requests per second")));
  return false;
}

bool Api::authorize(const Route& route, const std::optional<ApiKey>& key, RequestContext& context) {
  if (!route.needs) {
    return true;
  }
  const std::string& secret = context.request.key;
  const bool scope = key && key->scope >= *route.needs;
  if (scope && (key->tenant.empty() || route.tenants.value_or(TenantKeys::kRefused) != TenantKeys::kRefused)) {
    context.key = *key;
    return true;
  }
  log_warning(fmt::format("refused: {} {} with {}", route.method, route.path,
                          key              ? fmt::format("the key '{}' of scope {}", key->name, to_string(key->scope))
                          : secret.empty() ? "no key"
                                           : "a key that is unknown or has ended"));
  if (!key) {
    context.respond(unauthorized(backend_.keys.why_not(secret)));
  } else if (!scope) {
    context.respond(problem(403, fmt::format("a key of scope {} is not allowed to do this", to_string(key->scope)),
                            fmt::format("use a key of scope {}", to_string(*route.needs))));
  } else {
    context.respond(problem(403, "a tenant's key is not allowed to do this: it concerns all tenants",
                            "use a key without a tenant"));
  }
  return false;
}

void Api::answer_without_route(const RequestContext& context, std::string_view path, const std::string& allowed) const {
  const std::string& method = context.request.method;
  if (method == "OPTIONS" && !allowed.empty()) {
    context.respond({.status = 204,
                     .body = "",
                     .headers = {{"Allow", allowed},
                                 {"Access-Control-Allow-Methods", allowed},
                                 {"Access-Control-Allow-Headers", kHeaders},
                                 {"Access-Control-Max-Age", "600"}}});
    return;
  }
  if (!allowed.empty()) {
    HttpResponse response = problem(405, fmt::format("this path has no {}", method), "use " + allowed);
    response.headers.emplace_back("Allow", allowed);
    context.respond(std::move(response));
    return;
  }
  if (const ConsoleFile* const file = method == "GET" ? console_file(path) : nullptr) {
    context.respond(console_response(*file, context.request.accept_encoding));
    return;
  }
  context.respond(problem(404, "nothing is at this path", "see /v1/openapi.json"));
}

// What admit() found out about a request, for answer().
struct Api::Admitted {
  const Route* route;
  std::shared_ptr<const Call> call;
  std::map<std::string, std::string, std::less<>> path, query;
  ApiKey key;
  bool heavy = false;  // for a worker
};

std::optional<HttpResponse> Api::admit(HttpRequest& request) {
  const std::string_view target = request.target;
  const size_t mark = std::min(target.find('?'), target.size());
  const std::string_view path = target.substr(0, mark);
  const std::string_view query = mark == target.size() ? std::string_view() : target.substr(mark + 1);
  std::string allowed;
  const Entry* const entry = find(request, path, allowed);
  const Route* const route = entry == nullptr ? nullptr : entry->route;
  const std::shared_ptr<Call> call = call_of(request, route);
  const std::optional<ApiKey> key = backend_.keys.find(request.key);
  call->about.tenant = key ? key->tenant : "";
  const LogScope scope({call, &call->about});
  std::optional<HttpResponse> refusal;
  RequestContext context = {.request = request, .respond = finishing(request, call, [&refusal](HttpResponse response) {
                                                  refusal = std::move(response);
                                                })};
  if ((backend_.keys.is_open() && !is_from_here(context)) || !has_rate_left(context, route, path, key)) {
    return refusal;
  }
  if (route == nullptr) {
    answer_without_route(context, path, allowed);
  } else if (authorize(*route, key, context) && has_right_type(context, *route) &&
             read_parameters(*entry, path, query, context)) {
    request.answer_seconds = route->seconds;
    const bool heavy = route->heavy || (route->heavy_if != nullptr && route->heavy_if(context)) ||
                       (route->describes_items && backend_.networks.has_texts());
    request.admitted = std::make_shared<Admitted>(route, call, std::move(context.path), std::move(context.query),
                                                  std::move(context.key), heavy);
  }
  return refusal;
}

void Api::handle(const HttpRequest& request, const Admitted& admitted, HttpServer::Respond respond) {
  const LogScope scope({admitted.call, &admitted.call->about});
  const RequestContext context = {.request = request,
                                  .path = admitted.path,
                                  .query = admitted.query,
                                  .key = admitted.key,
                                  .respond = finishing(request, admitted.call, std::move(respond))};
  try {
    admitted.route->handle(backend_, context);
  } catch (const std::exception& error) {  // of a library: fails this request alone
    log_warning(fmt::format("internal error: {}", error.what()));
    context.respond(problem(500, "an internal error", "send it again; if it fails again, report it with the log"));
  }
}

void Api::answer(const HttpRequest& request, HttpServer::Respond respond) {
  const auto admitted = std::static_pointer_cast<const Admitted>(request.admitted);
  if (!admitted->heavy || options_.workers == nullptr) {
    handle(request, *admitted, std::move(respond));
    return;
  }
  // A copy: the request is gone once its time is over, and the worker may come later.
  const bool taken = options_.workers->run(
      request.peer, [this, copy = request, admitted, respond] { handle(copy, *admitted, respond); });
  if (!taken) {
    backend_.metrics.refused("workers");
    finishing(request, admitted->call, std::move(respond))(
        with_retry_after(problem(503, "too much work is waiting", "send it again later, or less at once")));
  }
}

}  // namespace haina
