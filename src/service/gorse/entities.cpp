// Gorse's items and users: labels and categories become cells of fields that training knew, and are given back as they
// came in any case.
#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "engine/engine_slot.h"
#include "engine/entity_json.h"
#include "service/gorse/gorse.h"
#include "store/shared_store.h"
#include "store/commit_queue.h"

namespace haina::gorse {
namespace {

using Json = nlohmann::json;

// Labels that name fields, and categories, as cells of the fields that training knew.
Cells cells_of_labels(const Json& labels, const Json& categories, const Engine& engine, Side side) {
  Cells cells;
  const std::vector<Field>& fields = engine.dataset().fields;
  const Json named = labels.is_object() ? labels : Json::object();
  for (const auto& [name, value] : named.items()) {
    if (const auto parsed = parse_cells(Json{{name, value}}, fields, side, "Labels")) {
      cells.insert(parsed->begin(), parsed->end());
    }
  }
  if (side == Side::kItem && categories.is_array() && !categories.empty()) {
    if (const Field* const field = engine.categories(); field != nullptr) {
      if (const auto parsed = parse_cells(Json{{field->full_name(), categories}}, fields, side, "Categories")) {
        cells.insert(parsed->begin(), parsed->end());
      }
    }
  }
  return cells;
}

// An item or a user as Gorse's clients read it: as it was put in, or as the dataset has it.
Json entity_json(const Engine& engine, const std::string& id, const std::optional<Entity>& kept, Side side) {
  const Json document = kept ? Json::parse(kept->document, nullptr, false) : Json();
  const Json said = document.is_object() ? document.value("gorse", Json::object()) : Json::object();
  Json labels = said.value("Labels", Json());
  Json categories = said.value("Categories", Json());
  bool hidden = false;
  if (side == Side::kItem) {
    const Result<Json> item = engine.item(id);
    const Field* const field = engine.categories();
    for (const Json& one : item ? item->at("fields") : Json::array()) {
      if (labels.is_null() || !said.contains("Labels")) {
        labels = labels.is_null() ? Json::object() : labels;
        labels[one.at("name").get<std::string>()] = one.at("values");
      }
      if (categories.is_null() && field != nullptr && one.at("name") == field->full_name()) {
        categories = one.at("values");
      }
    }
    hidden = item && item->at("hidden").get<bool>();
    return {{"ItemId", id},
            {"IsHidden", hidden},
            {"Categories", categories},
            {"Timestamp", said.value("Timestamp", "1970-01-01T00:00:00Z")},
            {"Labels", labels},
            {"Comment", said.value("Comment", item ? item->at("title").get<std::string>() : "")}};
  }
  if (!said.contains("Labels")) {
    labels = engine.user(id).at("profile");
  }
  return {{"UserId", id}, {"Labels", labels}, {"Comment", said.value("Comment", "")}};
}

// What a body says over what was said before; null is left as it was.
Json merged(const Json& before, const Json& body) {
  Json said = before.is_object() ? before : Json::object();
  for (const char* const name : {"Categories", "Labels", "Comment", "Timestamp"}) {
    if (const auto found = body.find(name); found != body.end() && !found->is_null()) {
      said[name] = *found;
    }
  }
  if (said.contains("Timestamp")) {
    said["Timestamp"] = time_text(time_in(said, "Timestamp"));
  }
  return said;
}

Result<Json> keep(Store& store, Engine& engine, const std::vector<std::pair<std::string, Json>>& bodies, Side side,
                  bool merge) {
  const std::string kind = side == Side::kItem ? "item" : "user";
  std::vector<Entity> entities;
  std::vector<ItemSaid> items;
  for (const auto& [id, body] : bodies) {
    HAINA_TRY(const std::optional<Entity> kept, store.entity(kind, id));
    Json document = kept && merge ? Json::parse(kept->document, nullptr, false) : Json::object();
    const Json said = merged(merge ? document.value("gorse", Json()) : Json(), body);
    const Cells cells = cells_of_labels(said.value("Labels", Json()), said.value("Categories", Json()), engine, side);
    Cells all = side == Side::kItem ? engine.said_of(id) : engine.said_of_user(id).profile;
    all = merge ? all : Cells();
    for (const auto& [name, values] : cells) {
      all[name] = values;
    }
    if (side == Side::kItem && all.empty() && !said.value("Comment", "").empty()) {
      // Nothing that training knew: a title at least, to be found by words.
      for (const Field& field : engine.dataset().fields) {
        if (field.side == Side::kItem && field.type == FieldType::kText && all.empty()) {
          all[field.full_name()] = {said.value("Comment", "")};
        }
      }
    }
    document["cells"] = to_json(all);
    document["gorse"] = said;
    entities.push_back({kind, id, document.dump(-1, ' ', false, Json::error_handler_t::replace), now_us()});
    if (side == Side::kItem) {
      items.push_back({id, all});
    } else {
      engine.put_user(id, {.profile = all, .friends = engine.said_of_user(id).friends});
    }
  }
  HAINA_OK(store.put(entities));
  if (!items.empty()) {
    HAINA_OK(engine.put_items(items));
  }
  for (const auto& [id, body] : bodies) {
    const auto hidden = body.find("IsHidden");
    if (side == Side::kItem && hidden != body.end() && hidden->is_boolean()) {
      HAINA_OK(hidden->get<bool>() ? store.hide_item(id) : store.show_item(id));
      hidden->get<bool>() ? engine.hide(id) : engine.show(id);
    } else if (side == Side::kItem && !merge) {
      HAINA_OK(store.show_item(id));
      engine.show(id);
    }
  }
  return rows(std::ssize(bodies));
}

}  // namespace

void insert(Backend& backend, const Call& call, Side side) {
  const Result<std::vector<Json>> objects = objects_of(call);
  if (!objects) {
    refuse(call, objects.error());
    return;
  }
  std::vector<std::pair<std::string, Json>> bodies;
  for (const Json& one : *objects) {
    const std::string id = text_in(one, side == Side::kItem ? "ItemId" : "UserId");
    if (id.empty()) {
      refuse(call, {ErrorCode::kInvalidArgument, "an id is missing", "", ""});
      return;
    }
    if (side == Side::kUser && !call.may_touch(id)) {
      return;
    }
    bodies.emplace_back(id, one);
  }
  between(backend, call,
          [bodies, side](Store& store, Engine& engine) { return keep(store, engine, bodies, side, false); });
}

void update(Backend& backend, const Call& call, Side side) {
  const std::string id = path_of(call, side == Side::kItem ? "item" : "user");
  const Result<std::vector<Json>> objects = objects_of(call);
  if (!objects || objects->size() != 1) {
    refuse(call, objects ? Error{ErrorCode::kInvalidArgument, "the body is no object", "", ""} : objects.error());
    return;
  }
  if (side == Side::kUser && !call.may_touch(id)) {
    return;
  }
  const std::shared_ptr<Engine> engine = backend.engines.get();
  if (side == Side::kItem ? !engine->has_item(id) : !engine->knows(id)) {
    not_found(call, side == Side::kItem ? "item" : "user");
    return;
  }
  between(backend, call, [id, body = objects->front(), side](Store& store, Engine& engine) {
    return keep(store, engine, {{id, body}}, side, true);
  });
}

void change_category(Backend& backend, const Call& call, Change change) {
  const std::string id = path_of(call, "item"), category = path_of(call, "category");
  between(backend, call, [id, category, change](Store& store, Engine& engine) -> Result<Json> {
    HAINA_TRY(const std::optional<Entity> kept, store.entity("item", id));
    Json categories = entity_json(engine, id, kept, Side::kItem).at("Categories");
    Json changed = Json::array();
    for (const Json& one : categories.is_array() ? categories : Json::array()) {
      if (one != category) {
        changed.push_back(one);
      }
    }
    if (change == Change::kAdd) {
      changed.push_back(category);
    }
    return keep(store, engine, {{id, {{"Categories", changed}}}}, Side::kItem, true);
  });
}

void get_entity(Backend& backend, const Call& call, Side side) {
  const std::string id = path_of(call, side == Side::kItem ? "item" : "user");
  const std::shared_ptr<Engine> engine = backend.engines.get();
  if (side == Side::kUser && !call.may_touch(id)) {
    return;
  }
  const Result<std::optional<Entity>> kept =
      backend.store.with([&](Store& store) { return store.entity(side == Side::kItem ? "item" : "user", id); });
  if (!kept) {
    refuse(call, kept.error());
  } else if (side == Side::kItem ? !engine->has_item(id) || (engine->is_hidden(id) && !*kept) : !engine->knows(id)) {
    not_found(call, side == Side::kItem ? "item" : "user");
  } else {
    call.respond(json_response(200, entity_json(*engine, id, *kept, side)));
  }
}

void list_entities(Backend& backend, const Call& call, Side side) {
  const Result<int64_t> n = call.number("n", kUsual, 1, kMost);
  if (!n) {
    refuse(call, n.error());
    return;
  }
  const std::shared_ptr<Engine> engine = backend.engines.get();
  Json list = Json::array();
  std::string next;
  std::vector<std::string> ids;
  if (const std::string words = call.text("q"); !words.empty() && side == Side::kItem) {
    const Result<Json> found =
        engine->recommend({.user = "", .history = {}, .query = words, .k = *n},
                          {.reasons = Reasons::kSkip, .seen = Seen::kOffer, .matches = Matches::kAlone});
    for (const Json& item : found ? found->at("items") : Json::array()) {
      ids.push_back(item.at("item"));
    }
  } else {
    const Result<int64_t> offset = cursor_of(call);
    if (!offset) {
      refuse(call, offset.error());
      return;
    }
    ids = engine->ids(side, *offset, *n);
    next = std::ssize(ids) == *n ? std::to_string(*offset + *n) : "";
  }
  for (const std::string& id : ids) {
    const Result<std::optional<Entity>> kept =
        backend.store.with([&](Store& store) { return store.entity(side == Side::kItem ? "item" : "user", id); });
    const bool gone =
        side == Side::kItem ? engine->is_hidden(id) && kept && !*kept : !engine->knows(id) || !call.key.may_touch(id);
    if (!gone) {
      list.push_back(entity_json(*engine, id, kept ? *kept : std::nullopt, side));
    }
  }
  call.respond(json_response(200, {{"Cursor", next}, {side == Side::kItem ? "Items" : "Users", list}}));
}

void delete_item(Backend& backend, const Call& call) {
  const std::string id = path_of(call, "item");
  between(backend, call, [id](Store& store, Engine& engine) -> Result<Json> {
    HAINA_OK(store.hide_item(id));
    HAINA_OK(store.drop("item", id));
    engine.hide(id);
    return rows(1);
  });
}

void delete_user(Backend& backend, const Call& call) {
  const std::string id = path_of(call, "user");
  if (!call.may_touch(id)) {
    return;
  }
  between(backend, call, [id](Store& store, Engine& engine) -> Result<Json> {
    HAINA_OK(store.forget_user(id));
    engine.forget(id);
    return rows(1);
  });
}

}  // namespace haina::gorse
