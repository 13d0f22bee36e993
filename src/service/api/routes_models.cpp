// Versions, keys, and what the console shows of data and training.
#include <fmt/format.h>

#include "service/api/router.h"
#include "engine/engine_slot.h"
#include "service/api/api_keys.h"
#include "service/telemetry/live_stats.h"
#include "service/telemetry/prometheus.h"
#include "engine/version_manager.h"
#include "service/http/problem_json.h"
#include "service/telemetry/list_outcomes.h"
#include "store/commit_queue.h"

namespace haina {
namespace {

using Json = nlohmann::json;

void health(Backend& backend, const Call& call) {
  Json document = backend.engines.get()->about();
  document["status"] = "ok";
  call.respond(json_response(200, document));
}

void overview(Backend& backend, const Call& call) {
  const Json about = backend.engines.get()->about();
  const int64_t items = about.at("items"), shown = backend.satisfaction.items_shown();
  call.respond(
      json_response(200, {{"schema", "haina.overview/1"},
                          {"seconds_up", backend.stats.seconds_up()},
                          {"model",
                           {{"version", about.at("model")},
                            {"users", about.at("users")},
                            {"items", items},
                            {"experts", about.at("experts")}}},
                          {"events", backend.stats.events_json()},
                          {"lists", backend.stats.lists_json()},
                          {"freshness_ms", backend.stats.freshness_json()},
                          {"coverage",
                           {{"items_shown", shown},
                            {"items", items},
                            {"share", items > 0 ? static_cast<double>(shown) / static_cast<double>(items) : 0.0}}},
                          {"satisfaction", backend.satisfaction.to_json()}}));
}

void training(Backend& backend, const Call& call) {
  const std::shared_ptr<Engine> engine = backend.engines.get();
  const Model& model = engine->model();
  Json document = model.about;
  document["version"] = engine->about().at("model");
  const std::optional<std::string> trained = trained_at(document["version"]);
  document["trained"] = trained ? Json(*trained) : Json();
  Json epochs = Json::array();
  for (const Json& epoch : model.about.value("curve", Json::array())) {
    const double value = epoch.value("val", -1.0);
    epochs.push_back({{"epoch", epoch.value("epoch", 0)},
                      {"loss", epoch.value("loss", Json())},
                      {"validation_ndcg", value < 0 ? Json() : Json(value)},
                      {"seconds", epoch.value("seconds", Json())}});
  }
  document.erase("curve");
  document["epochs"] = epochs;
  document["source_weights"] = Json::object();
  if (model.network) {
    const std::vector<std::string> names = model.network->item_sources();
    const at::Tensor mean = model.network->item_source_weights().mean(0).contiguous();
    for (size_t s = 0; s < names.size(); ++s) {
      document["source_weights"][names[s]] = mean.const_data_ptr<float>()[s];
    }
  }
  call.respond(json_response(200, document));
}

void use_model(Backend& backend, const Call& call) {
  const Result<Json> body = call.request.body.empty() ? Result<Json>(Json::object()) : call.object();
  if (!body) {
    call.refuse(body.error());
    return;
  }
  const bool valid = body->empty() || (body->size() == 1 && body->contains("check") && (*body)["check"].is_boolean());
  if (!valid) {
    call.refuse({ErrorCode::kInvalidArgument, "the body says more than \"check\"", "body", R"(send {"check": false})"});
    return;
  }
  const auto check = body->value("check", true) ? ModelKeeper::Check::kYes : ModelKeeper::Check::kNo;
  backend.models.use(call.path.at("version"), check, [respond = call.respond](const Result<std::string>& version) {
    respond(version ? json_response(200, {{"current", *version}}) : problem(version.error()));
  });
}

void roll_back(Backend& backend, const Call& call) {
  backend.models.roll_back([respond = call.respond](const Result<std::string>& version) {
    respond(version ? json_response(200, {{"current", *version}}) : problem(version.error()));
  });
}

void get_keys(Backend& backend, const Call& call) {
  backend.queue.between([respond = call.respond](Store& store) {
    const Result<std::vector<ApiKey>> keys = store.keys();
    if (!keys) {
      respond(problem(keys.error()));
      return;
    }
    Json list = Json::array();
    for (const ApiKey& key : *keys) {
      list.push_back({{"name", key.name}, {"scope", to_string(key.scope)}, {"tenant", key.tenant}});
    }
    respond(json_response(200, {{"keys", list}}));
  });
}

void post_key(Backend& backend, const Call& call) {
  const auto read = [&]() -> Result<ApiKey> {
    HAINA_TRY(const Json body, call.object());
    ApiKey key;
    std::string scope = "read";
    for (const auto& [name, value] : body.items()) {
      std::string* const into = name == "name"     ? &key.name
                                : name == "scope"  ? &scope
                                : name == "tenant" ? &key.tenant
                                                   : nullptr;
      if (into == nullptr || !value.is_string() ||
          value.get_ref<const std::string&>().find('\0') != std::string::npos ||
          value.get_ref<const std::string&>().size() > 200) {
        return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is not what a key has", name), name,
                     "give name, scope and tenant as text"});
      }
      *into = value;
    }
    HAINA_OK(check_id(key.name, "name"));
    HAINA_TRY(key.scope, parse_scope(scope));
    if (call.key.name.empty() && (key.scope != Scope::kAdmin || !key.tenant.empty())) {
      return fail({ErrorCode::kInvalidArgument, "the first key must be an admin's: nobody could make another", "scope",
                   "make one of scope admin without a tenant first"});
    }
    return key;
  };
  Result<ApiKey> key = read();
  const Result<std::string> secret = new_key();
  if (!key || !secret) {
    call.refuse(!key ? key.error() : secret.error());
    return;
  }
  key->hash = hash_of_key(*secret);
  backend.queue.between([&backend, key = *key, secret = *secret, respond = call.respond](Store& store) {
    if (const Status added = store.add_key(key); !added) {
      respond(problem(added.error()));
      return;
    }
    backend.keys.read_again();
    respond(json_response(
        200, {{"name", key.name}, {"scope", to_string(key.scope)}, {"tenant", key.tenant}, {"key", secret}}));
  });
}

void delete_key(Backend& backend, const Call& call) {
  backend.queue.between([&backend, name = call.path.at("name"), respond = call.respond](Store& store) {
    if (const Status revoked = store.revoke_key(name); !revoked) {
      respond(problem(revoked.error()));
      return;
    }
    backend.keys.read_again();
    respond(json_response(200, {{"name", name}, {"revoked", true}}));
  });
}

constexpr const char* kUseBody =
    R"({"type": "object", "additionalProperties": false, "properties": {"check": {"type": "boolean"}}})";
constexpr const char* kNoBody = R"({"type": "object"})";
constexpr const char* kKeyBody = R"({"type": "object", "required": ["name"], "additionalProperties": false,
  "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 200}, "scope": {"enum": ["read", "write", "admin"]},
  "tenant": {"type": "string", "maxLength": 200}}})";

}  // namespace

std::vector<Route> service_routes() {
  return {{"GET", "/healthz", "Whether the process lives", {}, {}, nullptr, health},
          {"GET", "/readyz", "Whether it can answer: model, users, items", {}, {}, nullptr, health},
          {"GET",
           "/metrics",
           "What the service counts, for Prometheus",
           Scope::kRead,
           {},
           nullptr,
           [](Backend& backend, const Call& call) {
             call.respond({.status = 200, .body = backend.metrics.text(), .content_type = "text/plain; version=0.0.4"});
           }},
          {"GET",
           "/v1/openapi.json",
           "This document",
           {},
           {},
           nullptr,
           [](Backend& backend, const Call& call) { call.respond(json_response(200, backend.api->openapi())); }},
          {"GET",
           "/v1/overview",
           "The last minutes: events, lists, latency, satisfaction, coverage",
           Scope::kRead,
           {},
           nullptr,
           overview}};
}

std::vector<Route> model_routes() {
  return {{"GET",
           "/v1/models",
           "Trained versions, and the one in use",
           Scope::kRead,
           {},
           nullptr,
           [](Backend& backend, const Call& call) { call.answer(backend.models.versions()); }},
          {"POST", "/v1/models/rollback", "Back to the version in use before", Scope::kAdmin, {}, kNoBody, roll_back},
          {"POST",
           "/v1/models/{version}/use",
           "A version loaded, checked on recent events, and swapped in whole; \"check\": false skips the check",
           Scope::kAdmin,
           {},
           kUseBody,
           use_model},
          {"GET", "/v1/training", "How the version in use was trained", Scope::kRead, {}, nullptr, training},
          {"GET",
           "/v1/quality",
           "What preparing found in the data",
           Scope::kRead,
           {},
           nullptr,
           [](Backend& backend, const Call& call) {
             call.respond(json_response(200, backend.engines.get()->dataset().quality));
           }},
          {"GET",
           "/v1/map",
           "The fused space of items in two dimensions",
           Scope::kRead,
           {{"most", "items at most, 2000 if not said", "integer", 1, 10'000}},
           nullptr,
           [](Backend& backend, const Call& call) {
             const Result<int64_t> most = call.number("most", 2000, 1, 10'000);
             most ? call.respond(json_response(200, backend.engines.get()->map(*most))) : call.refuse(most.error());
           }},
          {"GET", "/v1/keys", "API keys by name", Scope::kAdmin, {}, nullptr, get_keys},
          {"POST", "/v1/keys", "A new key, shown this once", Scope::kAdmin, {}, kKeyBody, post_key},
          {"DELETE", "/v1/keys/{name}", "A key taken back", Scope::kAdmin, {}, nullptr, delete_key}};
}

}  // namespace haina
