// Items, users, ties and rules: in, changed, out, gone.
#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "service/api/request_context.h"
#include "engine/engine_slot.h"
#include "engine/entity_json.h"
#include "service/http/parse_json.h"
#include "service/http/problem_json.h"
#include "service/telemetry/list_outcomes.h"
#include "store/shared_store.h"
#include "store/commit_queue.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostEntities = 1000;  // a request
constexpr size_t kMostFriends = 5000;

// In the order of the events, on the queue's thread; its answer is the call's.
void change(Backend& backend, const Call& call, std::function<Result<Json>(Store&, Engine&)> change) {
  backend.queue.between([&backend, respond = call.respond, change = std::move(change)](Store& store) {
    const Result<Json> answer = guarded([&] { return change(store, *backend.engines.get()); });
    respond(answer ? json_response(200, *answer) : problem(answer.error()));
  });
}

// What a body says of an item beside its cells.
struct ItemBody {
  Json cells = Json::object();
  std::optional<bool> hidden;
};

Result<ItemBody> item_body(Json body) {
  ItemBody item;
  if (const auto hidden = body.find("hidden"); hidden != body.end()) {
    if (!hidden->is_boolean()) {
      return fail({ErrorCode::kInvalidArgument, "'hidden' is neither true nor false", "hidden", "give true or false"});
    }
    item.hidden = hidden->get<bool>();
    body.erase("hidden");
  }
  body.erase("item");
  item.cells = std::move(body);
  return item;
}

enum class Merge { kReplace, kMerge };

Result<Json> keep_items(Store& store, Engine& engine, const std::vector<std::pair<std::string, ItemBody>>& items,
                        Merge merge) {
  std::vector<ItemSaid> said;
  std::vector<Entity> entities;
  for (const auto& [id, item] : items) {
    HAINA_TRY(Cells cells, parse_cells(item.cells, engine.dataset().fields, Side::kItem, id));
    if (merge == Merge::kMerge) {
      Cells merged = engine.said_of(id);
      for (auto& [name, values] : cells) {
        merged[name] = std::move(values);
      }
      cells = std::move(merged);
    }
    entities.push_back({"item", id, document_of(cells).dump(), now_us()});
    said.push_back({id, std::move(cells)});
  }
  HAINA_OK(store.put(entities));
  HAINA_OK(engine.put_items(said));
  for (const auto& [id, item] : items) {
    // What is described anew is there again, unless the body says otherwise.
    const bool hidden = item.hidden.value_or(false);
    if (item.hidden || merge == Merge::kReplace) {
      HAINA_OK(hidden ? store.hide_item(id) : store.show_item(id));
      hidden ? engine.hide(id) : engine.show(id);
    }
  }
  return Json{{"accepted", items.size()}};
}

void put_item(Backend& backend, const Call& call) {
  const std::string id = call.path.at("id");
  const Status fits = check_id(id, "id");
  const Result<Json> body = fits ? call.object() : fail(fits.error());
  const Result<ItemBody> item = body ? item_body(*body) : fail(body.error());
  if (!item) {
    call.refuse(item.error());
    return;
  }
  change(backend, call, [id, item = *item](Store& store, Engine& engine) -> Result<Json> {
    HAINA_TRY(const Json kept, keep_items(store, engine, {{id, item}}, Merge::kReplace));
    return engine.item(id);
  });
}

void patch_item(Backend& backend, const Call& call) {
  const std::string id = call.path.at("id");
  const Result<Json> body = call.object();
  const Result<ItemBody> item = body ? item_body(*body) : fail(body.error());
  if (!item) {
    call.refuse(item.error());
    return;
  }
  change(backend, call, [id, item = *item](Store& store, Engine& engine) -> Result<Json> {
    if (!engine.has_item(id)) {
      return engine.item(id);  // not found, with near names
    }
    if (item.cells.empty()) {
      if (item.hidden) {
        HAINA_OK(*item.hidden ? store.hide_item(id) : store.show_item(id));
        *item.hidden ? engine.hide(id) : engine.show(id);
      }
      return engine.item(id);
    }
    HAINA_TRY(const Json kept, keep_items(store, engine, {{id, item}}, Merge::kMerge));
    return engine.item(id);
  });
}

void delete_item(Backend& backend, const Call& call) {
  const std::string id = call.path.at("id");
  change(backend, call, [id](Store& store, Engine& engine) -> Result<Json> {
    HAINA_OK(store.hide_item(id));
    engine.hide(id);
    return Json{{"item", id}, {"hidden", true}};
  });
}

void post_items(Backend& backend, const Call& call) {
  std::vector<std::pair<std::string, ItemBody>> items;
  const auto read = [&]() -> Status {
    HAINA_TRY(const Json body, call.object());
    const Json list = body.value("items", Json());
    if (!list.is_array() || list.size() > kMostEntities || body.size() != 1) {
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("the body has no array \"items\" of up to {}", kMostEntities), "items",
                   R"(send {"items": [{"item": "7", "title": "…"}]})"});
    }
    for (const Json& one : list) {
      const std::string at = fmt::format("items[{}]", items.size());
      const auto id = one.is_object() && one.contains("item") ? id_in(one["item"]) : std::nullopt;
      if (!id) {
        return fail({ErrorCode::kInvalidArgument, "an item has no id", at, R"(write {"item": "7", …})"});
      }
      HAINA_OK(check_id(*id, "item"));
      HAINA_TRY(ItemBody item, item_body(one));
      items.emplace_back(*id, std::move(item));
    }
    return ok();
  };
  if (const Status done = read(); !done) {
    call.refuse(done.error());
    return;
  }
  change(backend, call,
         [items](Store& store, Engine& engine) { return keep_items(store, engine, items, Merge::kReplace); });
}

void get_item(Backend& backend, const Call& call) { call.answer(backend.engines.get()->item(call.path.at("id"))); }

void get_users(Backend& backend, const Call& call) {
  const Result<int64_t> limit = call.number("limit", 20, 1, 1000);
  if (!limit) {
    call.refuse(limit.error());
    return;
  }
  std::string prefix = call.text("prefix");
  if (!call.key.tenant.empty() && !prefix.starts_with(call.key.tenant + ":")) {
    prefix = call.key.tenant + ":" + prefix;
  }
  call.respond(json_response(200, {{"users", backend.engines.get()->users_with(prefix, *limit)}}));
}

void get_user(Backend& backend, const Call& call) {
  const std::string& user = call.path.at("id");
  if (call.may_touch(user)) {
    call.respond(json_response(200, backend.engines.get()->user(user)));
  }
}

void write_user(Backend& backend, const Call& call, Merge merge) {
  const std::string user = call.path.at("id");
  const Status fits = check_id(user, "id");
  Result<Json> body = fits ? call.object() : fail(fits.error());
  if (!body) {
    call.refuse(body.error());
    return;
  }
  if (!call.may_touch(user)) {
    return;
  }
  std::optional<std::vector<std::string>> friends;
  if (const auto given = body->find("friends"); given != body->end()) {
    friends.emplace();
    for (const Json& one : given->is_array() ? *given : Json::array({nullptr})) {
      const auto other = id_in(one);
      if (!other || friends->size() >= kMostFriends) {
        call.refuse({ErrorCode::kInvalidArgument, fmt::format("'friends' is no list of up to {} ids", kMostFriends),
                     "friends", R"(write ["7", "9"])"});
        return;
      }
      friends->push_back(*other);
      if (const Status is_id = check_id(friends->back(), "friends"); !is_id) {
        call.refuse(is_id.error());
        return;
      }
      if (!call.may_touch(friends->back())) {
        return;
      }
    }
    body->erase("friends");
  }
  change(backend, call, [user, body = *body, friends, merge](Store& store, Engine& engine) -> Result<Json> {
    HAINA_TRY(Cells cells, parse_cells(body, engine.dataset().fields, Side::kUser, "user"));
    UserSaid said = merge == Merge::kMerge ? engine.said_of_user(user) : UserSaid();
    for (auto& [name, values] : cells) {
      said.profile[name] = std::move(values);
    }
    said.friends = friends.value_or(said.friends);
    const Entity entity = {"user", user, document_of(said).dump(), now_us()};
    HAINA_OK(store.put({&entity, 1}));
    engine.put_user(user, said);
    return engine.user(user);
  });
}

void delete_user(Backend& backend, const Call& call) {
  const std::string user = call.path.at("id");
  if (!call.may_touch(user)) {
    return;
  }
  change(backend, call, [&backend, user](Store& store, Engine& engine) -> Result<Json> {
    HAINA_OK(store.forget_user(user));
    engine.forget(user);
    backend.satisfaction.forget(user);
    return Json{{"user", user}, {"forgotten", true}};
  });
}

void get_rules(Backend& backend, const Call& call) {
  call.respond(json_response(200, {{"rules", backend.engines.get()->rules()}}));
}

// The rules that the store has, all at once, into the engine.
Status rules_into(Engine& engine, const std::vector<Entity>& kept) {
  std::vector<RuleConfig> rules;
  for (const Entity& entity : kept) {
    HAINA_TRY(RuleConfig rule, parse_rule(Json::parse(entity.document, nullptr, false)));
    rules.push_back(std::move(rule));
  }
  return engine.set_rules(rules);
}

void put_rule(Backend& backend, const Call& call) {
  const std::string name = call.path.at("name");
  Result<Json> body = call.object();
  if (body) {
    (*body)["name"] = name;
  }
  if (const Status is_id = check_id(name, "name"); !is_id) {
    call.refuse(is_id.error());
    return;
  }
  const Result<RuleConfig> rule = body ? parse_rule(*body) : fail(body.error());
  if (!rule) {
    call.refuse(rule.error());
    return;
  }
  change(backend, call, [rule = *rule](Store& store, Engine& engine) -> Result<Json> {
    HAINA_TRY(std::vector<Entity> kept, store.entities("rule"));
    const Entity entity = {"rule", rule.name, to_json(rule).dump(), now_us()};
    std::erase_if(kept, [&](const Entity& other) { return other.id == rule.name; });
    kept.push_back(entity);
    HAINA_OK(rules_into(engine, kept));  // refused before it is kept
    HAINA_OK(store.put({&entity, 1}));
    return to_json(rule);
  });
}

void delete_rule(Backend& backend, const Call& call) {
  const std::string name = call.path.at("name");
  change(backend, call, [name](Store& store, Engine& engine) -> Result<Json> {
    HAINA_TRY(std::vector<Entity> kept, store.entities("rule"));
    if (std::erase_if(kept, [&](const Entity& other) { return other.id == name; }) == 0) {
      return fail({ErrorCode::kNotFound, fmt::format("no rule '{}' of the API", name), "name",
                   "GET /v1/rules lists them; those of haina.toml are changed there"});
    }
    HAINA_OK(store.drop("rule", name));
    HAINA_OK(rules_into(engine, kept));
    return Json{{"name", name}, {"deleted", true}};
  });
}

constexpr const char* kItemBody = R"({"type": "object", "description":
  "cells by field, \"title\" or \"movies.title\": text, a number, or a list; \"hidden\": true or false"})";
constexpr const char* kItemsBody = R"({"type": "object", "required": ["items"], "additionalProperties": false,
  "properties": {"items": {"type": "array", "maxItems": 1000, "items": {"type": "object", "required": ["item"],
  "properties": {"item": {"type": "string", "minLength": 1, "maxLength": 1024}}}}}})";
constexpr const char* kUserBody = R"({"type": "object", "properties": {"friends": {"type": "array", "items":
  {"type": "string"}}}, "description": "cells by field of the profile, and friends"})";
constexpr const char* kRuleBody =
    R"({"type": "object", "required": ["do"], "additionalProperties": false, "properties": {
  "name": {"type": "string"}, "do": {"enum": ["filter", "boost", "pin", "quota"]}, "field": {"type": "string"},
  "is": {"type": "array", "items": {"type": "string"}}, "above": {"type": "number"}, "below": {"type": "number"},
  "fresh": {"type": "boolean"}, "item": {"type": "string"}, "position": {"type": "integer", "minimum": 0, "maximum": 1000},
  "by": {"type": "number"}, "at_least": {"type": "integer", "minimum": 0, "maximum": 1000},
  "at_most": {"type": "integer", "minimum": 0, "maximum": 1000}}})";

}  // namespace

std::vector<Route> entity_routes() {
  return {
      {"GET",
       "/v1/items/{id}",
       "An item: its fields, and what each source weighs in its vector",
       Scope::kRead,
       {},
       nullptr,
       get_item},
      {"PUT",
       "/v1/items/{id}",
       "An item as it is described from now on; a new one can be recommended at once",
       Scope::kWrite,
       {},
       kItemBody,
       put_item},
      {"PATCH", "/v1/items/{id}", "Some fields of an item, or \"hidden\"", Scope::kWrite, {}, kItemBody, patch_item},
      {"DELETE", "/v1/items/{id}", "An item out of every list, for good", Scope::kWrite, {}, nullptr, delete_item},
      {"POST",
       "/v1/items",
       "Many items at once: {\"items\": [{\"item\": …}]}",
       Scope::kWrite,
       {},
       kItemsBody,
       post_items},
      {"GET",
       "/v1/users",
       "Users by the beginning of their id",
       Scope::kRead,
       {{"prefix", "the beginning"}, {"limit", "how many at most, 20 if not said", "integer", 1, 1000}},
       nullptr,
       get_users},
      {"GET", "/v1/users/{id}", "A user: profile, friends, newest history", Scope::kRead, {}, nullptr, get_user},
      {"PUT",
       "/v1/users/{id}",
       "A user's profile and friends from now on",
       Scope::kWrite,
       {},
       kUserBody,
       [](Backend& backend, const Call& call) { write_user(backend, call, Merge::kReplace); }},
      {"PATCH",
       "/v1/users/{id}",
       "Some fields of a user's profile, or their friends",
       Scope::kWrite,
       {},
       kUserBody,
       [](Backend& backend, const Call& call) { write_user(backend, call, Merge::kMerge); }},
      {"DELETE",
       "/v1/users/{id}",
       "A user forgotten: events, lists and profile deleted, what was prepared of them not used any more",
       Scope::kWrite,
       {},
       nullptr,
       delete_user},
      {"GET", "/v1/rules", "Business rules in force", Scope::kRead, {}, nullptr, get_rules},
      {"PUT",
       "/v1/rules/{name}",
       "A rule: {\"do\": \"filter\" | \"boost\" | \"pin\" | \"quota\", …}",
       Scope::kAdmin,
       {},
       kRuleBody,
       put_rule},
      {"DELETE", "/v1/rules/{name}", "A rule of the API gone", Scope::kAdmin, {}, nullptr, delete_rule}};
}

}  // namespace haina
