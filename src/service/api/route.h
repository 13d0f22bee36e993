// A route of the HTTP API: how it is called, what it takes and what it answers. The router dispatches requests by it,
// and openapi.cpp describes it to clients.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "service/api/request_context.h"
#include "store/keys.h"

namespace haina {

// A query parameter. All of them are optional.
struct Parameter {
  const char* name;
  const char* description;
  const char* type = "string";    // of JSON Schema: string, integer or boolean
  int64_t least = 0, most = 0;    // bounds of an integer; `most` bytes of a text, 0: as many as an id may have
  const char* example = nullptr;  // a value for which the route answers 200
};

// What the key of a tenant may do with a route, if its scope allows the call.
enum class TenantKeys {
  kRefused,   // nothing: the route reads or changes what all tenants share
  kAlike,     // what every key may: the answer holds nothing of any user
  kOwnUsers,  // as much as concerns the tenant's own users (or keys): the handler sees to it
};

struct Route {
  const char* method = "";
  const char* path = "";  // "{id}" stands for one segment
  const char* summary = "";
  std::optional<Scope> needs = {};         // nothing: open to everyone
  std::optional<TenantKeys> tenants = {};  // must be set where a key is needed; nothing: refused
  std::vector<Parameter> query = {};
  nlohmann::json body = nullptr;     // JSON schema of the request's body; null: no body
  bool takes_media = false;          // the body is a picture, a sound or a film; see is_media_type()
  nlohmann::json example = nullptr;  // a body for which the route answers 200; null: depends on earlier answers
  nlohmann::json response = {};      // JSON schema of the answer with status 200
  const char* content_type = "application/json";  // of that answer
  double seconds = 60;                            // within which it is answered, if only by 503
  bool heavy = false;  // computes long, or waits for the store or the disk: handled on a worker, not on an I/O thread
  bool (*heavy_if)(const RequestContext&) = nullptr;  // the same for requests with some parameters alone
  bool describes_items = false;              // heavy where a pretrained network makes vectors of an item's texts
  const char* error_content_type = nullptr;  // of errors, where not all are application/problem+json
  void (*handle)(Backend&, const RequestContext&) = nullptr;  // answers the request, now or later
};

// Routes with the shared schemas that their bodies and answers refer to.
struct RouteTable {
  std::vector<Route> routes;
  nlohmann::json schemas = nlohmann::json::object();
};

// The routes of the API itself: all files routes_*.cpp of this folder.
RouteTable v1_routes();

// One group a file, in the order of the description.
std::vector<Route> service_routes();
std::vector<Route> event_routes();
std::vector<Route> list_routes();
std::vector<Route> item_routes();
std::vector<Route> user_routes();
std::vector<Route> rule_routes();
std::vector<Route> model_routes();
std::vector<Route> key_routes();

}  // namespace haina
