// API keys: listed, added, revoked.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "service/api/api_keys.h"
#include "service/api/route.h"
#include "service/api/schemas.h"
#include "service/http/problem_json.h"
#include "store/commit_queue.h"
#include "store/keys.h"

namespace haina {
namespace {

using Json = nlohmann::json;

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
            list.push_back({{"name", key.name}, {"scope", to_string(key.scope)}, {"tenant", key.tenant}});
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
  std::string scope = "read";
  for (const auto& [name, value] : body.items()) {
    std::string* const into = name == "name"     ? &key.name
                              : name == "scope"  ? &scope
                              : name == "tenant" ? &key.tenant
                                                 : nullptr;
    if (into == nullptr || !value.is_string() || value.get_ref<const std::string&>().find('\0') != std::string::npos ||
        value.get_ref<const std::string&>().size() > kLongestText) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("a key has no '{}', or it is not a short text", name), name,
                   "give name, scope and tenant as text"});
    }
    *into = value;
  }
  HAINA_OK(check_id(key.name, "name"));
  HAINA_TRY(key.scope, parse_scope(scope));
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
        respond(json_response(
            200, {{"name", key.name}, {"scope", to_string(key.scope)}, {"tenant", key.tenant}, {"key", secret}}));
      });
  if (!in_line) {
    context.respond(too_busy());
  }
}

Status revoke(Store& store, const std::string& name, const std::string& tenant) {
  if (!tenant.empty()) {
    HAINA_TRY(const std::vector<ApiKey> keys, store.keys());
    if (std::ranges::none_of(keys, [&](const ApiKey& key) { return key.name == name && key.tenant == tenant; })) {
      return fail({ErrorCode::kNotFound, fmt::format("the tenant has no key '{}'", name), "name",
                   "GET /v1/keys lists the tenant's keys"});
    }
  }
  return store.revoke_key(name);
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
  "tenant": {"type": "string", "maxLength": 200}}})";
constexpr const char* kKeysAnswer = R"({"type": "object", "required": ["keys"], "properties": {
  "keys": {"type": "array", "items": {"$ref": "#/components/schemas/Key"}}}})";
constexpr const char* kRevokedAnswer = R"({"type": "object", "required": ["name", "revoked"], "properties": {
  "name": {"type": "string"}, "revoked": {"const": true}}})";

}  // namespace

std::vector<Route> key_routes() {
  return {{.method = "GET",
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
          {.method = "DELETE",
           .path = "/v1/keys/{name}",
           .summary = "Revokes a key",
           .needs = Scope::kAdmin,
           .tenants = TenantKeys::kOwnUsers,
           .response = schema(kRevokedAnswer),
           .handle = delete_key}};
}

}  // namespace haina
