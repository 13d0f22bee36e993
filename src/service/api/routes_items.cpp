// Items: described, changed, hidden, read.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "data/image_cell.h"
#include "engine/engine_slot.h"
#include "engine/entity_json.h"
#include "media/extract.h"
#include "service/api/merge.h"
#include "service/api/pretrained_networks.h"
#include "service/api/route.h"
#include "service/api/schemas.h"
#include "service/http/parse_json.h"
#include "store/store.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostItemsAtOnce = 1000;                 // in a request
constexpr int64_t kMostFound = 1000, kDefaultFound = 50;  // in an answer
constexpr int64_t kMostOffset = 1'000'000'000;
constexpr double kMediaSeconds = 5;  // for decoding a file

// The body of a request about an item: its cells by field, and whether it is hidden.
struct ItemBody {
  Json cells = Json::object();
  std::optional<bool> hidden = {};
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
    // PUT shows a hidden item again unless the body says otherwise.
    const std::optional<bool> hidden = merge == Merge::kReplace ? item.hidden.value_or(false) : item.hidden;
    entities.push_back({"item", id, document_of(cells).dump(), now_us(), hidden});
    updates.push_back({id, std::move(cells)});
  }
  HAINA_OK(store.put(entities));
  HAINA_OK(engine.put_items(updates));
  for (const Entity& entity : entities) {
    if (entity.hidden) {
      *entity.hidden ? engine.hide(entity.id) : engine.show(entity.id);
    }
  }
  return Json{{"accepted", items.size()}};
}

void put_item(Backend& backend, const RequestContext& context) {
  const std::string id = context.path.at("id");
  const Status valid = check_id(id, "id");
  const Result<Json> body = valid ? context.object() : fail(valid.error());
  Result<ItemBody> item = body ? parse_item_body(*body) : fail(body.error());
  if (!item) {
    context.refuse(item.error());
    return;
  }
  backend.networks.add_vectors(*backend.engines.get(), item->cells);
  run_between_commits(backend, context, [id, item = *item](Store& store, Engine& engine) -> Result<Json> {
    HAINA_TRY(const Json accepted, put_items(store, engine, {{id, item}}, Merge::kReplace));
    return engine.item(id);
  });
}

void patch_item(Backend& backend, const RequestContext& context) {
  const std::string id = context.path.at("id");
  const Result<Json> body = context.object();
  Result<ItemBody> item = body ? parse_item_body(*body) : fail(body.error());
  if (!item) {
    context.refuse(item.error());
    return;
  }
  backend.networks.add_vectors(*backend.engines.get(), item->cells);
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

// The cells that a file gives to the fields of a media source, as far as training knew them.
Result<Json> media_cells(const MediaFeatures& features, const std::string& source, const Engine& engine) {
  Json cells = Json::object();
  bool is_known = false;
  for (const auto& [name, part] : kMediaParts) {
    const std::string field = source + "." + name;
    if (engine.has_item_field(field)) {
      is_known = true;
      if (!(features.*part).empty()) {
        cells[field] = features.*part;
      }
    }
  }
  for (const MediaImage& image : kMediaImages) {
    const std::string field = fmt::format("{}.{}", source, image.field);
    if (engine.has_item_field(field)) {
      is_known = true;
      if (!(features.*image.bytes).empty()) {
        cells[field] = image_cell(image.shape, features.*image.bytes);
      }
    }
  }
  if (!is_known) {
    return fail({ErrorCode::kNotFound, fmt::format("the model has no media source '{}' of items", source), "source",
                 "name a [[source]] of kind media that haina train has read"});
  }
  if (cells.empty()) {
    return fail({ErrorCode::kBadData, fmt::format("the file has no part that source '{}' had in training", source),
                 "body", "send a picture where pictures were trained on, a sound where sounds were"});
  }
  return cells;
}

void put_media(Backend& backend, const RequestContext& context) {
  const std::string id = context.path.at("id"), source = context.path.at("source");
  ExtractOptions options = {.seconds = kMediaSeconds, .images = true};
  if (const auto network = backend.networks.pictures_of(*backend.engines.get(), source); network != nullptr) {
    options.pixels = {
        .resize = network->folder().resize, .side = network->folder().side, .keep_ratio = network->folder().keep_ratio};
    options.encode = [network](std::span<const uint8_t> pixels) {
      return network->encode(pixels).value_or(std::vector<float>());
    };
  }
  auto features = extract_bytes(context.request.body, options);
  if (!features) {  // this machine has no decoder; its path is nothing for clients
    log_warning(to_text(features.error()));
    context.refuse(
        {ErrorCode::kUnsupported, "this service cannot decode files", "", "install haina-media beside haina"});
    return;
  }
  if (!features->problem.empty()) {
    context.refuse({ErrorCode::kBadData, features->problem, "body", "send a file that other programs open"});
    return;
  }
  run_between_commits(
      backend, context, [id, source, features = *features](Store& store, Engine& engine) -> Result<Json> {
        HAINA_TRY(Json cells, media_cells(features, source, engine));
        HAINA_TRY(const Json accepted, put_items(store, engine, {{id, {.cells = std::move(cells)}}}, Merge::kMerge));
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
  auto items = body ? parse_items(*body) : fail(body.error());
  if (!items) {
    context.refuse(items.error());
    return;
  }
  for (auto& [id, item] : *items) {
    backend.networks.add_vectors(*backend.engines.get(), item.cells);
  }
  run_between_commits(backend, context, [items = *items](Store& store, Engine& engine) {
    return put_items(store, engine, items, Merge::kReplace);
  });
}

void get_item(Backend& backend, const RequestContext& context) {
  context.answer(backend.engines.get()->item(context.path.at("id")));
}

void get_items(Backend& backend, const RequestContext& context) {
  const Result<int64_t> offset = context.number("offset", 0, 0, kMostOffset);
  const Result<int64_t> limit = context.number("limit", kDefaultFound, 1, kMostFound);
  const std::string state = context.text("state");
  if (!offset || !limit) {
    context.refuse(offset ? limit.error() : offset.error());
  } else if (!state.empty() && state != "all" && state != "left_out") {
    context.refuse({ErrorCode::kInvalidArgument, fmt::format("state is '{}'", state), "state", "give all or left_out"});
  } else {
    context.respond(json_response(
        200, backend.engines.get()->find_items(context.text("query"), state == "left_out", *offset, *limit)));
  }
}

constexpr const char* kItemBody = R"({"type": "object", "description":
  "cells by field, \"title\" or \"movies.title\": text, a number, or a list; \"hidden\": true or false"})";
constexpr const char* kItemsBody = R"({"type": "object", "required": ["items"], "additionalProperties": false,
  "properties": {"items": {"type": "array", "maxItems": 1000, "items": {"type": "object", "required": ["item"],
  "properties": {"item": {"type": "string", "minLength": 1, "maxLength": 1024}}}}}})";
constexpr const char* kFoundAnswer = R"({"type": "object", "required": ["total", "offset", "items"], "properties": {
  "total": {"type": "integer", "minimum": 0}, "offset": {"type": "integer", "minimum": 0},
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/ItemState"}}}})";
constexpr const char* kMediaBody = R"({"type": "string", "format": "binary"})";
constexpr const char* kHiddenAnswer = R"({"type": "object", "required": ["item", "hidden"], "properties": {
  "item": {"type": "string"}, "hidden": {"const": true}}})";

}  // namespace

std::vector<Route> item_routes() {
  return {{.method = "GET",
           .path = "/v1/items",
           .summary = "Finds items by id or title, also those that no list may hold, and says what keeps them out",
           .needs = Scope::kRead,
           .tenants = TenantKeys::kAlike,
           .query = {{.name = "query", .description = "how the id begins, or a part of the title; empty: all items"},
                     {.name = "state",
                      .description = "left_out: only items that no list may hold now; default: all",
                      .example = "all"},
                     {.name = "offset",
                      .description = "number of items to leave out; default 0",
                      .type = "integer",
                      .least = 0,
                      .most = kMostOffset},
                     {.name = "limit",
                      .description = "number of items at most; default 50",
                      .type = "integer",
                      .least = 1,
                      .most = kMostFound,
                      .example = "5"}},
           .response = schema(kFoundAnswer),
           .heavy = true,
           .handle = get_items},
          {.method = "GET",
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
           .describes_items = true,
           .handle = put_item},
          {.method = "PATCH",
           .path = "/v1/items/{id}",
           .summary = "Changes some fields of an item, or hides or shows it",
           .needs = Scope::kWrite,
           .tenants = TenantKeys::kRefused,
           .body = schema(kItemBody),
           .example = {{"hidden", false}},
           .response = shared_schema("Item"),
           .describes_items = true,
           .handle = patch_item},
          {.method = "PUT",
           .path = "/v1/items/{id}/media/{source}",
           .summary = "Gives an item the picture, sound or film that is the body, as a file of that media source; a "
                      "new item can be recommended at once",
           .needs = Scope::kWrite,
           .tenants = TenantKeys::kRefused,
           .body = schema(kMediaBody),
           .takes_media = true,
           .response = shared_schema("Item"),
           .heavy = true,
           .handle = put_media},
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
           .describes_items = true,
           .handle = post_items}};
}

}  // namespace haina
