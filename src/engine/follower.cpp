#include "engine/follower.h"

#include <fmt/format.h>

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
    Result<RuleConfig> rule = parse_rule(nlohmann::json::parse(entity.document, nullptr, false));
    if (!rule) {  // a server of a newer release put it
      log_warning(fmt::format("rule {} of the API is ignored: {}", entity.id, rule.error().what));
      continue;
    }
    rules.push_back(std::move(*rule));
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

// Users whose events or descriptions changed, and those who were forgotten; returns the latter. What came of them after
// the forgetting counts again.
Result<std::vector<std::string>> apply_users(Store& store, Engine& engine, const std::vector<Change>& changes,
                                             int64_t until) {
  HashedNames keys;
  std::set<std::string> described, changed;
  for (const Change& change : changes) {
    if (change.kind == "forget") {
      keys.add(change.id, 0);
    } else if (change.kind == "user") {
      described.insert(change.id);
    } else if (change.kind == "events") {
      changed.insert(change.id);
    }
  }
  std::vector<std::string> forgotten;
  if (!keys.empty()) {
    HAINA_TRY(HashedNames names, store.forgotten_users());
    engine.know_forgotten(std::move(names));
    forgotten = engine.users_of_keys(keys);
    engine.forget(forgotten);
    changed.insert(forgotten.begin(), forgotten.end());
    described.insert(forgotten.begin(), forgotten.end());
  }
  for (const std::string& user : changed) {
    HAINA_OK(relearn(store, engine, user, until));
  }
  for (const std::string& user : described) {
    HAINA_OK(apply_user(store, engine, user));
  }
  return forgotten;
}

Status apply_items(Store& store, Engine& engine, const std::vector<Change>& changes) {
  std::vector<ItemUpdate> items;
  for (const Change& change : changes) {
    if (change.kind == "item") {
      HAINA_TRY(const std::optional<Entity> entity, store.entity("item", change.id));
      if (entity) {
        items.push_back({change.id, cells_of_document(entity->document)});
      } else {
        engine.remove_item(change.id);
      }
    }
  }
  return items.empty() ? ok() : engine.put_items(items);
}

}  // namespace

Status apply_entities(Store& store, Engine& engine) {
  HAINA_TRY(const std::vector<Entity> items, store.entities("item"));
  std::vector<ItemUpdate> updates;
  updates.reserve(items.size());
  std::set<std::string> there;
  for (const Entity& entity : items) {
    updates.push_back({entity.id, cells_of_document(entity.document)});
    there.insert(entity.id);
  }
  for (const std::string& added : engine.ids(Side::kItem, engine.dataset().items.size(), engine.sizes().items)) {
    if (!there.contains(added)) {
      engine.remove_item(added);
    }
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
  if (!changes) {
    HAINA_TRY(HashedNames names, store.forgotten_users());
    std::vector<std::string> forgotten = engine.forget_all(std::move(names));
    HAINA_OK(apply_entities(store, engine));
    for (const std::string& user : forgotten) {
      HAINA_OK(relearn(store, engine, user, until));
    }
    return forgotten;
  }
  // Who is forgotten goes first, and no change that this release cannot apply holds up the others.
  HAINA_TRY(std::vector<std::string> forgotten, apply_users(store, engine, *changes, until));
  const auto has = [&](const char* kind) {
    return std::ranges::any_of(*changes, [&](const Change& change) { return change.kind == kind; });
  };
  const Status items = apply_items(store, engine, *changes);
  HAINA_OK(has("rule") ? apply_rules(store, engine) : ok());
  // An item may have been hidden before it was there.
  HAINA_OK(has("hidden") || has("item") ? apply_hidden(store, engine) : ok());
  if (!items && items.error().code == ErrorCode::kIo) {
    return fail(items.error());
  }
  if (!items) {
    log_warning("items of another server are ignored: " + items.error().what);
  }
  return forgotten;
}

}  // namespace haina
