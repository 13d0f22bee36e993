// Items: described, changed, hidden, read.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "engine/engine_slot.h"
#include "engine/entity_json.h"
#include "service/api/route.h"
#include "service/api/schemas.h"
#include "service/http/parse_json.h"
#include "store/store.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostItemsAtOnce = 1000;  // in a request

// The body of a request about an item: its cells by field, and whether it is hidden.
struct ItemBody {
  Json cells = Json::object();
  std::optional<bool> hidden;
};

Result<ItemBody> parse_item_body(Json body) {
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

Status set_hidden(Store& store, Engine& engine, const std::string& id, bool hidden) {
  HAINA_OK(hidden ? store.hide_item(id) : store.show_item(id));
  hidden ? engine.hide(id) : engine.show(id);
  return ok();
}

enum class Merge { kReplace, kMerge };  // of cells that the item had before

Result<Json> put_items(Store& store, Engine& engine, const std::vector<std::pair<std::string, ItemBody>>& items,
                       Merge merge) {
  std::vector<ItemUpdate> updates;
  std::vector<Entity> entities;
  for (const auto& [id, item] : items) {
    HAINA_TRY(Cells cells, engine.read_cells(item.cells, Side::kItem, id));
    if (merge == Merge::kMerge) {
      Cells merged = engine.item_update(id);
      for (auto& [name, values] : cells) {
        merged[name] = std::move(values);
      }
      cells = std::move(merged);
    }
    entities.push_back({"item", id, document_of(cells).dump(), now_us()});
    updates.push_back({id, std::move(cells)});
  }
  HAINA_OK(store.put(entities));
  HAINA_OK(engine.put_items(updates));
  for (const auto& [id, item] : items) {
    // PUT shows a hidden item again unless the body says otherwise.
    if (item.hidden || merge == Merge::kReplace) {
      HAINA_OK(set_hidden(store, engine, id, item.hidden.value_or(false)));
    }
  }
  return Json{{"accepted", items.size()}};
}

void put_item(Backend& backend, const RequestContext& context) {
  const std::string id = context.path.at("id");
  const Status valid = check_id(id, "id");
  const Result<Json> body = valid ? context.object() : fail(valid.error());
  const Result<ItemBody> item = body ? parse_item_body(*body) : fail(body.error());
  if (!item) {
    context.refuse(item.error());
    return;
  }
  run_between_commits(backend, context, [id, item = *item](Store& store, Engine& engine) -> Result<Json> {
    HAINA_TRY(const Json accepted, put_items(store, engine, {{id, item}}, Merge::kReplace));
    return engine.item(id);
  });
}

void patch_item(Backend& backend, const RequestContext& context) {
  const std::string id = context.path.at("id");
  const Result<Json> body = context.object();
  const Result<ItemBody> item = body ? parse_item_body(*body) : fail(body.error());
  if (!item) {
    context.refuse(item.error());
    return;
  }
  run_between_commits(backend, context, [id, item = *item](Store& store, Engine& engine) -> Result<Json> {
    if (!engine.has_item(id)) {
      return engine.item(id);  // kNotFound, with similar ids as the hint
    }
    if (item.cells.empty()) {
      if (item.hidden) {
        HAINA_OK(set_hidden(store, engine, id, *item.hidden));
      }
      return engine.item(id);
    }
    HAINA_TRY(const Json accepted, put_items(store, engine, {{id, item}}, Merge::kMerge));
    return engine.item(id);
  });
}

void delete_item(Backend& backend, const RequestContext& context) {
  const std::string id = context.path.at("id");
  run_between_commits(backend, context, [id](Store& store, Engine& engine) -> Result<Json> {
    HAINA_OK(set_hidden(store, engine, id, true));
    return Json{{"item", id}, {"hidden", true}};
  });
}

Result<std::vector<std::pair<std::string, ItemBody>>> parse_items(const Json& body) {
  const Json list = body.value("items", Json());
  if (!list.is_array() || list.size() > kMostItemsAtOnce || body.size() != 1) {
    return fail({ErrorCode::kInvalidArgument,
                 fmt::format("the body is not one array \"items\" of up to {} items", kMostItemsAtOnce), "items",
                 R"(send {"items": [{"item": "7", "title": "…"}]})"});
  }
  std::vector<std::pair<std::string, ItemBody>> items;
  for (const Json& one : list) {
    const std::string at = fmt::format("items[{}]", items.size());
    const auto id = one.is_object() && one.contains("item") ? id_in(one["item"]) : std::nullopt;
    if (!id) {
      return fail({ErrorCode::kInvalidArgument, "an item has no id", at, R"(write {"item": "7", …})"});
    }
    HAINA_OK(check_id(*id, "item"));
    HAINA_TRY(ItemBody item, parse_item_body(one));
    items.emplace_back(*id, std::move(item));
  }
  return items;
}

void post_items(Backend& backend, const RequestContext& context) {
  const Result<Json> body = context.object();
  const auto items = body ? parse_items(*body) : fail(body.error());
  if (!items) {
    context.refuse(items.error());
    return;
  }
  run_between_commits(backend, context, [items = *items](Store& store, Engine& engine) {
    return put_items(store, engine, items, Merge::kReplace);
  });
}

void get_item(Backend& backend, const RequestContext& context) {
  context.answer(backend.engines.get()->item(context.path.at("id")));
}

constexpr const char* kItemBody = R"({"type": "object", "description":
  "cells by field, \"title\" or \"movies.title\": text, a number, or a list; \"hidden\": true or false"})";
constexpr const char* kItemsBody = R"({"type": "object", "required": ["items"], "additionalProperties": false,
  "properties": {"items": {"type": "array", "maxItems": 1000, "items": {"type": "object", "required": ["item"],
  "properties": {"item": {"type": "string", "minLength": 1, "maxLength": 1024}}}}}})";
constexpr const char* kHiddenAnswer = R"({"type": "object", "required": ["item", "hidden"], "properties": {
  "item": {"type": "string"}, "hidden": {"const": true}}})";

}  // namespace

std::vector<Route> item_routes() {
  return {{.method = "GET",
           .path = "/v1/items/{id}",
           .summary = "An item: its fields, and the weight of each source in its fused vector",
           .needs = Scope::kRead,
           .tenants = TenantKeys::kAlike,
           .response = shared_schema("Item"),
           .handle = get_item},
          {.method = "PUT",
           .path = "/v1/items/{id}",
           .summary = "Describes an item; a new one can be recommended at once",
           .needs = Scope::kWrite,
           .tenants = TenantKeys::kRefused,
           .body = schema(kItemBody),
           .example = {{"hidden", false}},
           .response = shared_schema("Item"),
           .handle = put_item},
          {.method = "PATCH",
           .path = "/v1/items/{id}",
           .summary = "Changes some fields of an item, or hides or shows it",
           .needs = Scope::kWrite,
           .tenants = TenantKeys::kRefused,
           .body = schema(kItemBody),
           .example = {{"hidden", false}},
           .response = shared_schema("Item"),
           .handle = patch_item},
          {.method = "DELETE",
           .path = "/v1/items/{id}",
           .summary = "Hides an item from every list until it is put or shown again",
           .needs = Scope::kWrite,
           .tenants = TenantKeys::kRefused,
           .response = schema(kHiddenAnswer),
           .handle = delete_item},
          {.method = "POST",
           .path = "/v1/items",
           .summary = "Describes many items at once: {\"items\": [{\"item\": …}]}",
           .needs = Scope::kWrite,
           .tenants = TenantKeys::kRefused,
           .body = schema(kItemsBody),
           .example = {{"items", Json::array({{{"item", "7"}}})}},
           .response = shared_schema("Accepted"),
           .handle = post_items}};
}

}  // namespace haina
