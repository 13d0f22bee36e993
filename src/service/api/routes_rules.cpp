// Business rules: set, removed, listed.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "config/rule.h"
#include "engine/engine_slot.h"
#include "service/api/route.h"
#include "service/api/schemas.h"
#include "service/http/parse_json.h"
#include "store/store.h"

namespace haina {
namespace {

using Json = nlohmann::json;

void get_rules(Backend& backend, const RequestContext& context) {
  context.respond(json_response(200, {{"rules", backend.engines.get()->rules()}}));
}

// Puts the store's rules into force, all at once.
Status set_rules(Engine& engine, std::vector<Entity> entities) {
  std::ranges::sort(entities, {}, &Entity::id);  // the order of all servers, and after a restart
  std::vector<RuleConfig> rules;
  for (const Entity& entity : entities) {
    HAINA_TRY(RuleConfig rule, parse_rule(Json::parse(entity.document, nullptr, false)));
    rules.push_back(std::move(rule));
  }
  return engine.set_rules(rules);
}

void put_rule(Backend& backend, const RequestContext& context) {
  const std::string name = context.path.at("name");
  Result<Json> body = context.object();
  if (body) {
    (*body)["name"] = name;
  }
  const auto item = body ? id_in(body->value("item", Json())) : std::nullopt;
  if (const Status valid = item ? check_id(*item, "item") : ok(); !valid) {
    context.refuse(valid.error());
    return;
  }
  const Result<RuleConfig> rule = body ? parse_rule(*body) : fail(body.error());
  if (!rule) {
    context.refuse(rule.error());
    return;
  }
  run_between_commits(backend, context, [rule = *rule](Store& store, Engine& engine) -> Result<Json> {
    HAINA_TRY(std::vector<Entity> entities, store.entities("rule"));
    const Entity entity = {"rule", rule.name, to_json(rule).dump(), now_us()};
    std::erase_if(entities, [&](const Entity& other) { return other.id == rule.name; });
    entities.push_back(entity);
    // First, so that a rule that does not fit the catalog is not stored.
    HAINA_OK(set_rules(engine, std::move(entities)));
    HAINA_OK(store.put({&entity, 1}));
    return to_json(rule);
  });
}

void delete_rule(Backend& backend, const RequestContext& context) {
  const std::string name = context.path.at("name");
  run_between_commits(backend, context, [name](Store& store, Engine& engine) -> Result<Json> {
    HAINA_TRY(std::vector<Entity> entities, store.entities("rule"));
    if (std::erase_if(entities, [&](const Entity& other) { return other.id == name; }) == 0) {
      return fail({ErrorCode::kNotFound, fmt::format("no rule '{}' was set by the API", name), "name",
                   "GET /v1/rules lists them; change the rules of haina.toml there"});
    }
    HAINA_OK(store.drop("rule", name));
    HAINA_OK(set_rules(engine, std::move(entities)));
    return Json{{"name", name}, {"deleted", true}};
  });
}

constexpr const char* kRulesAnswer = R"({"type": "object", "required": ["rules"], "properties": {
  "rules": {"type": "array", "items": {"$ref": "#/components/schemas/Rule"}}}})";
constexpr const char* kDeletedAnswer = R"({"type": "object", "required": ["name", "deleted"], "properties": {
  "name": {"type": "string"}, "deleted": {"const": true}}})";

}  // namespace

std::vector<Route> rule_routes() {
  return {{.method = "GET",
           .path = "/v1/rules",
           .summary = "The business rules in force",
           .needs = Scope::kRead,
           .tenants = TenantKeys::kAlike,
           .response = schema(kRulesAnswer),
           .handle = get_rules},
          {.method = "PUT",
           .path = "/v1/rules/{name}",
           .summary = "Sets a rule: {\"do\": \"filter\" | \"boost\" | \"pin\" | \"quota\", …}",
           .needs = Scope::kAdmin,
           .tenants = TenantKeys::kRefused,
           .body = rule_schema(),
           .example = {{"do", "pin"}, {"item", "7"}, {"position", 1}},
           .response = shared_schema("Rule"),
           .handle = put_rule},
          {.method = "DELETE",
           .path = "/v1/rules/{name}",
           .summary = "Removes a rule that the API set",
           .needs = Scope::kAdmin,
           .tenants = TenantKeys::kRefused,
           .response = schema(kDeletedAnswer),
           .handle = delete_rule}};
}

}  // namespace haina
