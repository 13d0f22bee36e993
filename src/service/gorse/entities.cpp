// Gorse's items and users: inserted, changed, read, deleted.
#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "engine/engine_slot.h"
#include "engine/entity_json.h"
#include "service/api/merge.h"
#include "service/gorse/gorse.h"
#include "service/telemetry/list_outcomes.h"
#include "store/commit_queue.h"
#include "store/shared_store.h"

namespace haina::gorse {
namespace {

using Json = nlohmann::json;

// The labels that name fields of the model, and the categories, as cells. Others are dropped.
Cells cells_of_labels(const Json& labels, const Json& categories, const Engine& engine, Side side) {
  Cells cells;
  // By the fields, which are few, not by the labels, of which a client may send any number.
  const Json named = labels.is_object() ? labels : Json::object();
  for (const Field& field : engine.dataset().fields) {
    for (const std::string& name : {field.full_name(), field.name}) {
      const auto label = field.side == side ? named.find(name) : named.end();
      if (label == named.end()) {
        continue;
      }
      if (const auto parsed = engine.read_cells(Json{{name, *label}}, side, "Labels")) {
        cells.insert(parsed->begin(), parsed->end());
      }
    }
  }
  const Field* const field = side == Side::kItem && categories.is_array() ? engine.categories() : nullptr;
  if (field == nullptr || cells.contains(field->full_name())) {
    return cells;
  }
  for (const Json& category : categories) {  // an item may have several, also where the column has one
    const auto parsed = engine.read_cells(Json{{field->full_name(), category}}, side, "Categories");
    if (parsed && !parsed->empty()) {
      const std::vector<std::string>& values = parsed->begin()->second;
      std::vector<std::string>& into = cells[field->full_name()];
      into.insert(into.end(), values.begin(), values.end());
    }
  }
  return cells;
}

// What a client sent of an entity, as the store keeps it besides the cells.
Json sent_before(const std::optional<Entity>& stored) {
  const Json document = stored ? Json::parse(stored->document, nullptr, false) : Json();
  return document.is_object() ? document.value("gorse", Json::object()) : Json::object();
}

// An item as Gorse's clients read it: as it was sent; what was not sent comes from the dataset.
Json item_json(const Engine& engine, const std::string& id, const std::optional<Entity>& stored) {
  const Json sent = sent_before(stored);
  Json labels = sent.value("Labels", Json());
  Json categories = sent.value("Categories", Json());
  const Result<Json> item = engine.item(id);
  const Field* const field = engine.categories();
  for (const Json& one : item ? item->at("fields") : Json::array()) {
    if (labels.is_null() || !sent.contains("Labels")) {
      labels = labels.is_null() ? Json::object() : labels;
      labels[one.at("name").get<std::string>()] = one.at("values");
    }
    if (categories.is_null() && field != nullptr && one.at("name") == field->full_name()) {
      categories = one.at("values");
    }
  }
  return {{"ItemId", id},
          {"IsHidden", item && item->at("hidden").get<bool>()},
          {"Categories", categories},
          {"Timestamp", sent.value("Timestamp", "1970-01-01T00:00:00Z")},
          {"Labels", labels},
          {"Comment", sent.value("Comment", item ? item->at("title").get<std::string>() : "")}};
}

Json user_json(const Engine& engine, const std::string& id, const std::optional<Entity>& stored) {
  const Json sent = sent_before(stored);
  return {{"UserId", id},
          {"Labels", sent.contains("Labels") ? sent["Labels"] : engine.user(id).at("profile")},
          {"Comment", sent.value("Comment", "")}};
}

Json entity_json(const Engine& engine, const std::string& id, const std::optional<Entity>& stored, Side side) {
  return side == Side::kItem ? item_json(engine, id, stored) : user_json(engine, id, stored);
}

const char* kind_of(Side side) { return side == Side::kItem ? "item" : "user"; }

// `before` with the fields of `body`; null and missing fields stay as they were.
Result<Json> merged(const Json& before, const Json& body) {
  Json sent = before.is_object() ? before : Json::object();
  for (const char* const name : {"Categories", "Labels", "Comment", "Timestamp"}) {
    if (const auto found = body.find(name); found != body.end() && !found->is_null()) {
      sent[name] = *found;
    }
  }
  if (sent.contains("Timestamp")) {
    HAINA_TRY(const int64_t time_us, time_in(sent, "Timestamp"));
    sent["Timestamp"] = time_text(time_us);
  }
  return sent;
}

// The cells of an item or a user after `sent` was received.
Cells updated_cells(const Engine& engine, const std::string& id, const Json& sent, Side side, Merge merge) {
  Cells cells;
  if (merge == Merge::kMerge) {
    cells = side == Side::kItem ? engine.item_update(id) : engine.user_update(id).profile;
  }
  for (const auto& [name, values] :
       cells_of_labels(sent.value("Labels", Json()), sent.value("Categories", Json()), engine, side)) {
    cells[name] = values;
  }
  const std::string comment = sent.value("Comment", "");
  if (side == Side::kItem && cells.empty() && !comment.empty()) {
    // The model knows no field of the item: the comment becomes its title, so that a search finds it.
    for (const Field& field : engine.dataset().fields) {
      if (field.side == Side::kItem && field.type == FieldType::kText && cells.empty()) {
        cells[field.full_name()] = {comment};
      }
    }
  }
  return cells;
}

// Whether the item is hidden from now on; nothing: as before.
std::optional<bool> hidden_after(const Json& body, Merge merge) {
  const auto found = body.find("IsHidden");
  const bool given = found != body.end() && found->is_boolean();
  return given ? std::optional(found->get<bool>()) : merge == Merge::kReplace ? std::optional(false) : std::nullopt;
}

Result<Json> put(Store& store, Engine& engine, const std::vector<std::pair<std::string, Json>>& bodies, Side side,
                 Merge merge) {
  std::vector<Entity> entities;
  std::vector<ItemUpdate> items;
  std::vector<std::pair<std::string, UserUpdate>> users;
  for (const auto& [id, body] : bodies) {
    HAINA_TRY(const std::optional<Entity> stored, store.entity(kind_of(side), id));
    Json document = stored && merge == Merge::kMerge ? Json::parse(stored->document, nullptr, false) : Json::object();
    HAINA_TRY(const Json sent, merged(merge == Merge::kMerge ? document.value("gorse", Json()) : Json(), body));
    const Cells cells = updated_cells(engine, id, sent, side, merge);
    document["cells"] = to_json(cells);
    document["gorse"] = sent;
    UserUpdate update = engine.user_update(id);
    if (side == Side::kUser) {  // Gorse knows no friends: those of the other paths stay
      update.profile = cells;
      document.update(document_of(update));
    }
    entities.push_back({kind_of(side), id, document.dump(-1, ' ', false, Json::error_handler_t::replace), now_us(),
                        side == Side::kItem ? hidden_after(body, merge) : std::nullopt});
    if (side == Side::kItem) {
      items.push_back({id, cells});
    } else {
      users.emplace_back(id, std::move(update));
    }
  }
  HAINA_OK(store.put(entities));
  for (auto& [id, update] : users) {
    engine.put_user(id, std::move(update));
  }
  if (!items.empty()) {
    HAINA_OK(engine.put_items(items));
  }
  for (const Entity& entity : entities) {
    if (entity.hidden) {
      *entity.hidden ? engine.hide(entity.id) : engine.show(entity.id);
    }
  }
  return rows_affected(std::ssize(bodies));
}

}  // namespace

void insert(Backend& backend, const RequestContext& context, Side side) {
  const Result<std::vector<Json>> objects = objects_of(context);
  if (!objects) {
    refuse(context, objects.error());
    return;
  }
  std::vector<std::pair<std::string, Json>> bodies;
  for (const Json& one : *objects) {
    const std::string id = text_in(one, side == Side::kItem ? "ItemId" : "UserId");
    if (id.empty()) {
      refuse(context, {ErrorCode::kInvalidArgument, "an id is missing", "", ""});
      return;
    }
    if (side == Side::kUser && !context.authorize(id)) {
      return;
    }
    bodies.emplace_back(id, one);
  }
  run_in_order(backend, context, [bodies, side](Store& store, Engine& engine) {
    return put(store, engine, bodies, side, Merge::kReplace);
  });
}

void update(Backend& backend, const RequestContext& context, Side side) {
  const std::string id = path_of(context, kind_of(side));
  const Result<std::vector<Json>> objects = objects_of(context);
  if (!objects || objects->size() != 1) {
    refuse(context,
           objects ? Error{ErrorCode::kInvalidArgument, "the body is not one object", "", ""} : objects.error());
    return;
  }
  if (side == Side::kUser && !context.authorize(id)) {
    return;
  }
  run_in_order(backend, context, [id, body = objects->front(), side](Store& store, Engine& engine) -> Result<Json> {
    // Asked here, where the engine has what other servers did.
    if (side == Side::kItem ? !engine.has_item(id) : !engine.knows(id)) {
      return fail({ErrorCode::kNotFound, fmt::format("{}: not found", kind_of(side)), "", ""});
    }
    return put(store, engine, {{id, body}}, side, Merge::kMerge);
  });
}

void change_category(Backend& backend, const RequestContext& context, Change change) {
  const std::string id = path_of(context, "item"), category = path_of(context, "category");
  run_in_order(backend, context, [id, category, change](Store& store, Engine& engine) -> Result<Json> {
    HAINA_TRY(const std::optional<Entity> stored, store.entity("item", id));
    const Json categories = item_json(engine, id, stored).at("Categories");
    Json changed = Json::array();
    for (const Json& one : categories.is_array() ? categories : Json::array()) {
      if (one != category) {
        changed.push_back(one);
      }
    }
    if (change == Change::kAdd) {
      changed.push_back(category);
    }
    return put(store, engine, {{id, {{"Categories", changed}}}}, Side::kItem, Merge::kMerge);
  });
}

void get_entity(Backend& backend, const RequestContext& context, Side side) {
  const std::string id = path_of(context, kind_of(side));
  const std::shared_ptr<Engine> engine = backend.engines.get();
  if (side == Side::kUser && !context.authorize(id)) {
    return;
  }
  const Result<std::optional<Entity>> stored =
      backend.store.read([&](Store& store) { return store.entity(kind_of(side), id); });
  if (!stored) {
    refuse(context, stored.error());
  } else if (side == Side::kItem ? !engine->has_item(id) || (engine->is_hidden(id) && !*stored) : !engine->knows(id)) {
    not_found(context, kind_of(side));
  } else {
    context.respond(json_response(200, entity_json(*engine, id, *stored, side)));
  }
}

void list_entities(Backend& backend, const RequestContext& context, Side side) {
  const Result<int64_t> n = context.number("n", kDefault, 1, kMost);
  if (!n) {
    refuse(context, n.error());
    return;
  }
  const std::shared_ptr<Engine> engine = backend.engines.get();
  Json list = Json::array();
  std::string next;
  std::vector<std::string> ids;
  if (const std::string words = context.text("q"); !words.empty() && side == Side::kItem) {
    const Result<RecommendationList> found =
        engine->recommend({.user = "", .history = {}, .query = words, .k = *n},
                          {.explain = Explain::kNo, .seen = Seen::kInclude, .matches = Matches::kOnly});
    if (found) {
      std::ranges::transform(found->items, std::back_inserter(ids), &RecommendedItem::item);
    }
  } else {
    const Result<int64_t> offset = cursor_of(context);
    if (!offset) {
      refuse(context, offset.error());
      return;
    }
    ids = engine->ids(side, *offset, *n);
    next = std::ssize(ids) == *n ? std::to_string(*offset + *n) : "";
  }
  for (const std::string& id : ids) {
    const Result<std::optional<Entity>> stored =
        backend.store.read([&](Store& store) { return store.entity(kind_of(side), id); });
    const bool excluded = side == Side::kItem ? engine->is_hidden(id) && stored && !*stored
                                              : !engine->knows(id) || !context.key.may_touch(id);
    if (!excluded) {
      list.push_back(entity_json(*engine, id, stored ? *stored : std::nullopt, side));
    }
  }
  context.respond(json_response(200, {{"Cursor", next}, {side == Side::kItem ? "Items" : "Users", list}}));
}

void delete_item(Backend& backend, const RequestContext& context) {
  const std::string id = path_of(context, "item");
  run_in_order(backend, context, [id](Store& store, Engine& engine) -> Result<Json> {
    HAINA_OK(store.hide_item(id));
    HAINA_OK(store.drop("item", id));
    engine.remove_item(id);
    return rows_affected(1);
  });
}

void delete_user(Backend& backend, const RequestContext& context) {
  const std::string id = path_of(context, "user");
  if (!context.authorize(id)) {
    return;
  }
  run_in_order(backend, context, [&backend, id](Store& store, Engine& engine) -> Result<Json> {
    HAINA_OK(store.forget_user(id));
    engine.forget(id);
    backend.outcomes.forget(id);
    HAINA_TRY(HashedNames names, store.forgotten_users());
    engine.know_forgotten(std::move(names));
    return rows_affected(1);
  });
}

}  // namespace haina::gorse
