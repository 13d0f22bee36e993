// API keys: listed, added, revoked.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/clock.h"
#include "service/api/api_keys.h"
#include "service/api/route.h"
#include "service/api/schemas.h"
#include "service/http/problem_json.h"
#include "store/commit_queue.h"
#include "store/keys.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr const char* kDefaultGrace = "1d";

// What a listing says of a key.
Json shown(const ApiKey& key) {
  const auto time = [](int64_t time_us) { return time_us == 0 ? Json() : Json(expiry_text(time_us)); };
  return {{"name", key.name},
          {"scope", to_string(key.scope)},
          {"tenant", key.tenant},
          {"created", time(key.created_us)},
          {"expires", time(key.expires_us)},
          {"last_used", key.used_day == 0 ? Json() : Json(day_text(key.used_day))}};
}

void get_keys(Backend& backend, const RequestContext& context) {
  const bool in_line =
      backend.queue.run_between_commits([respond = context.respond, tenant = context.key.tenant](Store& store) {
        const Result<std::vector<ApiKey>> keys = store.keys();
        if (!keys) {
          respond(problem(keys.error()));
          return;
        }
        Json list = Json::array();
        for (const ApiKey& key : *keys) {
          if (tenant.empty() || key.tenant == tenant) {
            list.push_back(shown(key));
          }
        }
        respond(json_response(200, {{"keys", list}}));
      });
  if (!in_line) {
    context.respond(too_busy());
  }
}

Result<ApiKey> parse_key(const Json& body) {
  constexpr size_t kLongestText = 200;
  ApiKey key;
  std::string scope = "read", expires = "never";
  for (const auto& [name, value] : body.items()) {
    std::string* const into = name == "name"      ? &key.name
                              : name == "scope"   ? &scope
                              : name == "tenant"  ? &key.tenant
                              : name == "expires" ? &expires
                                                  : nullptr;
    if (into == nullptr || !value.is_string() || value.get_ref<const std::string&>().find('\0') != std::string::npos ||
        value.get_ref<const std::string&>().size() > kLongestText) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("a key has no '{}', or it is not a short text", name), name,
                   "give name, scope, tenant and expires as text"});
    }
    *into = value;
  }
  HAINA_OK(check_id(key.name, "name"));
  HAINA_TRY(key.scope, parse_scope(scope));
  key.created_us = now_us();
  HAINA_TRY(key.expires_us, parse_expiry(expires, key.created_us, "expires"));
  return key;
}

// A tenant's key makes and revokes keys of its own tenant only.
void post_key(Backend& backend, const RequestContext& context) {
  const std::string& tenant = context.key.tenant;
  const auto read = [&]() -> Result<ApiKey> {
    HAINA_TRY(const Json body, context.object());
    HAINA_TRY(ApiKey key, parse_key(body));
    if (!tenant.empty() && !key.tenant.empty() && key.tenant != tenant) {
      return fail({ErrorCode::kInvalidArgument, "a tenant's key adds keys of its own tenant only", "tenant",
                   fmt::format("leave it out: the key is of the tenant '{}'", tenant)});
    }
    key.tenant = tenant.empty() ? key.tenant : tenant;
    return key;
  };
  Result<ApiKey> key = read();
  const Result<std::string> secret = new_key();
  if (!key || !secret) {
    context.refuse(!key ? key.error() : secret.error());
    return;
  }
  if (backend.keys.is_open()) {  // else whoever can make a browser send this would own the service
    context.respond(problem(403, "the first key is not added over HTTP",
                            "run haina keys add NAME --scope admin --store URL on the service's machine"));
    return;
  }
  key->hash = hash_of_key(*secret);
  const bool in_line = backend.queue.run_between_commits(
      [&backend, key = *key, secret = *secret, respond = context.respond](Store& store) {
        if (const Status added = store.add_key(key); !added) {
          respond(problem(added.error()));
          return;
        }
        backend.keys.read_again();
        Json answer = shown(key);
        answer["key"] = secret;
        respond(json_response(200, answer));
      });
  if (!in_line) {
    context.respond(too_busy());
  }
}

// A key that the caller may change: of the caller's tenant, if it has one. kNotFound for any other.
Result<ApiKey> own_key(Store& store, const std::string& name, const std::string& tenant) {
  HAINA_TRY(const std::vector<ApiKey> keys, store.keys());
  const auto found = std::ranges::find_if(
      keys, [&](const ApiKey& key) { return key.name == name && (tenant.empty() || key.tenant == tenant); });
  if (found == keys.end()) {
    return fail({ErrorCode::kNotFound,
                 fmt::format("{} '{}'", tenant.empty() ? "there is no key" : "the tenant has no key", name), "name",
                 "GET /v1/keys lists them"});
  }
  return *found;
}

Status revoke(Store& store, const std::string& name, const std::string& tenant) {
  HAINA_OK(own_key(store, name, tenant));
  return store.revoke_key(name);
}

// Gives the key another secret; the one before stays valid for the grace.
void rotate_key(Backend& backend, const RequestContext& context) {
  const auto read = [&]() -> Result<int64_t> {
    HAINA_TRY(const Json body, context.object());
    for (const auto& [name, value] : body.items()) {
      if (name != "grace" || !value.is_string()) {
        return fail({ErrorCode::kInvalidArgument, fmt::format("a rotation has no '{}', or it is not a text", name),
                     name, "give grace as an age (\"1d\"), or nothing"});
      }
    }
    const std::string grace = body.value("grace", kDefaultGrace);
    return grace == "0" ? Result<int64_t>(now_us()) : parse_expiry(grace, now_us(), "grace");
  };
  const Result<int64_t> until = read();
  const Result<std::string> secret = new_key();
  if (!until || !secret) {
    context.refuse(!until ? until.error() : secret.error());
    return;
  }
  const bool in_line =
      backend.queue.run_between_commits([&backend, until = *until, secret = *secret, name = context.path.at("name"),
                                         tenant = context.key.tenant, respond = context.respond](Store& store) {
        const auto rotate = [&]() -> Result<ApiKey> {
          HAINA_TRY(ApiKey key, own_key(store, name, tenant));
          HAINA_OK(store.rotate_key(name, hash_of_key(secret), until));
          return key;
        };
        const Result<ApiKey> key = rotate();
        if (!key) {
          respond(problem(key.error()));
          return;
        }
        backend.keys.read_again();
        Json answer = shown(*key);
        answer["key"] = secret;
        answer["old_until"] = expiry_text(until);
        respond(json_response(200, answer));
      });
  if (!in_line) {
    context.respond(too_busy());
  }
}

void delete_key(Backend& backend, const RequestContext& context) {
  const bool in_line = backend.queue.run_between_commits(
      [&backend, name = context.path.at("name"), tenant = context.key.tenant, respond = context.respond](Store& store) {
        if (const Status revoked = revoke(store, name, tenant); !revoked) {
          respond(problem(revoked.error()));
          return;
        }
        backend.keys.read_again();
        respond(json_response(200, {{"name", name}, {"revoked", true}}));
      });
  if (!in_line) {
    context.respond(too_busy());
  }
}

constexpr const char* kKeyBody = R"({"type": "object", "required": ["name"], "additionalProperties": false,
  "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 200}, "scope": {"enum": ["read", "write", "admin"]},
  "tenant": {"type": "string", "maxLength": 200}, "expires": {"type": "string", "maxLength": 200,
  "description": "an age (90d, 12h, 30m), a date (2027-01-31) or never"}}})";
constexpr const char* kRotateBody = R"({"type": "object", "additionalProperties": false, "properties": {
  "grace": {"type": "string", "maxLength": 200, "description": "for how long the secret of before stays valid: an age, default 1d, or 0"}}})";
constexpr const char* kKeysAnswer = R"({"type": "object", "required": ["keys"], "properties": {
  "keys": {"type": "array", "items": {"$ref": "#/components/schemas/Key"}}}})";
constexpr const char* kRevokedAnswer = R"({"type": "object", "required": ["name", "revoked"], "properties": {
  "name": {"type": "string"}, "revoked": {"const": true}}})";

}  // namespace

std::vector<Route> key_routes() {
  return {
      {.method = "GET",
       .path = "/v1/keys",
       .summary = "API keys by name, without their secrets",
       .needs = Scope::kAdmin,
       .tenants = TenantKeys::kOwnUsers,
       .response = schema(kKeysAnswer),
       .handle = get_keys},
      {.method = "POST",
       .path = "/v1/keys",
       .summary = "Adds a key; the answer is the only one that has its secret. The first one: haina keys add",
       .needs = Scope::kAdmin,
       .tenants = TenantKeys::kOwnUsers,
       .body = schema(kKeyBody),
       .example = {{"name", "shop"}, {"scope", "admin"}},
       .response = shared_schema("NewKey"),
       .handle = post_key},
      {.method = "POST",
       .path = "/v1/keys/{name}/rotate",
       .summary = "Gives a key another secret, which the answer alone has; the one before stays valid for the grace",
       .needs = Scope::kAdmin,
       .tenants = TenantKeys::kOwnUsers,
       .body = schema(kRotateBody),
       .example = {{"grace", "1h"}},
       .response = shared_schema("NewKey"),
       .handle = rotate_key},
      {.method = "DELETE",
       .path = "/v1/keys/{name}",
       .summary = "Revokes a key",
       .needs = Scope::kAdmin,
       .tenants = TenantKeys::kOwnUsers,
       .response = schema(kRevokedAnswer),
       .handle = delete_key}};
}

}  // namespace haina
