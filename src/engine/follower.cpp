#include "engine/follower.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"
#include "config/rule.h"
#include "engine/entity_json.h"

namespace haina {
namespace {

// In force from now on: those of the store, also where there are none.
Status apply_rules(Store& store, Engine& engine) {
  HAINA_TRY(std::vector<Entity> stored, store.entities("rule"));
  std::ranges::sort(stored, {}, &Entity::id);  // by bytes: databases order texts in their own ways
  std::vector<RuleConfig> rules;
  for (const Entity& entity : stored) {
    HAINA_TRY(RuleConfig rule, parse_rule(nlohmann::json::parse(entity.document, nullptr, false)));
    rules.push_back(std::move(rule));
  }
  if (const Status set = engine.set_rules(rules); !set) {  // a field that this version does not have
    log_warning("rules of the API are ignored: " + set.error().what);
  }
  return ok();
}

Status apply_hidden(Store& store, Engine& engine) {
  HAINA_TRY(const std::vector<std::string> hidden, store.hidden_items());
  engine.hide_exactly(hidden);
  return ok();
}

Status relearn(Store& store, Engine& engine, const std::string& user, int64_t until) {
  HAINA_TRY(const std::vector<LiveEvent> events, store.history_of(user, engine.trained_until(user), until));
  engine.relearn(user, events);
  return ok();
}

// The user's description in the store; where there is none, the user is forgotten by a later change.
Status apply_user(Store& store, Engine& engine, const std::string& user) {
  HAINA_TRY(const std::optional<Entity> entity, store.entity("user", user));
  if (entity) {
    engine.put_user(user, user_of_document(entity->document));
  }
  return ok();
}

// What came after the forgetting counts again.
Status forget(Store& store, Engine& engine, const std::string& user, int64_t until) {
  engine.forget(user);
  HAINA_OK(relearn(store, engine, user, until));
  return apply_user(store, engine, user);
}

}  // namespace

Status apply_entities(Store& store, Engine& engine) {
  HAINA_TRY(const std::vector<Entity> items, store.entities("item"));
  std::vector<ItemUpdate> updates;
  for (const Entity& entity : items) {
    updates.push_back({entity.id, cells_of_document(entity.document)});
  }
  if (!updates.empty()) {
    HAINA_OK(engine.put_items(updates));
  }
  HAINA_TRY(const std::vector<Entity> users, store.entities("user"));
  for (const Entity& entity : users) {
    engine.put_user(entity.id, user_of_document(entity.document));
  }
  HAINA_OK(apply_rules(store, engine));
  return apply_hidden(store, engine);
}

Result<std::vector<std::string>> follow(Store& store, Engine& engine, const std::optional<std::vector<Change>>& changes,
                                        int64_t until) {
  std::vector<std::string> forgotten;
  if (!changes) {
    HAINA_TRY(HashedNames names, store.forgotten_users());
    forgotten = engine.forget_all(std::move(names));
    HAINA_OK(apply_entities(store, engine));
    for (const std::string& user : forgotten) {
      HAINA_OK(relearn(store, engine, user, until));
    }
    return forgotten;
  }
  std::set<std::string> kinds;
  std::vector<ItemUpdate> items;
  for (const Change& change : *changes) {
    kinds.insert(change.kind);
    if (change.kind == "item") {
      HAINA_TRY(const std::optional<Entity> entity, store.entity("item", change.id));
      if (entity) {
        items.push_back({change.id, cells_of_document(entity->document)});
      }
    }
  }
  if (!items.empty()) {
    HAINA_OK(engine.put_items(items));
  }
  if (kinds.contains("rule")) {
    HAINA_OK(apply_rules(store, engine));
  }
  if (kinds.contains("hidden") || kinds.contains("item")) {  // an item may have been hidden before it was there
    HAINA_OK(apply_hidden(store, engine));
  }
  if (kinds.contains("forget")) {
    HAINA_TRY(HashedNames names, store.forgotten_users());
    engine.know_forgotten(std::move(names));
  }
  for (const Change& change : *changes) {
    if (change.kind == "user") {
      HAINA_OK(apply_user(store, engine, change.id));
    } else if (change.kind == "events") {
      HAINA_OK(relearn(store, engine, change.id, until));
    } else if (change.kind == "forget") {
      for (const std::string& user : engine.users_of_key(change.id)) {
        HAINA_OK(forget(store, engine, user, until));
        forgotten.push_back(user);
      }
    }
  }
  return forgotten;
}

}  // namespace haina
