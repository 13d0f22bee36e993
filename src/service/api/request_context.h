// One request on its way through a route: its parts, whose key it carries, how it is answered.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "service/http/http_server.h"
#include "store/keys.h"

namespace haina {

class Api;
class CommitQueue;
class EngineSlot;
class KeyRing;
class ListCache;
class LiveStats;
class Metrics;
class ModelKeeper;
class Satisfaction;
class SharedStore;

// What routes work with. All of it outlives every answer.
struct Backend {
  EngineSlot& engines;
  CommitQueue& queue;
  SharedStore& store;  // to read
  KeyRing& keys;
  ListCache& cache;
  Metrics& metrics;
  LiveStats& stats;
  Satisfaction& satisfaction;
  ModelKeeper& models;
  const Api* api = nullptr;  // set by the API itself
};

inline constexpr int64_t kMostItems = 1000;  // a list

// What a library throws on the queue's thread costs its request alone.
Result<nlohmann::json> guarded(const std::function<Result<nlohmann::json>()>& task);
// Of an item, a user or a key: 1 to 1024 bytes without NUL. kInvalidArgument at `at`.
Status check_id(const std::string& id, const std::string& at);

HttpResponse json_response(int status, const nlohmann::json& document);

struct Call {
  const HttpRequest& request;
  std::map<std::string, std::string, std::less<>> path = {};   // "id"
  std::map<std::string, std::string, std::less<>> query = {};  // "k"
  ApiKey key = {};
  HttpServer::Respond respond = {};

  void refuse(const Error& error) const;
  void answer(const Result<nlohmann::json>& document) const;
  std::string text(std::string_view name) const;            // "" where it is missing
  bool truth(std::string_view name, bool otherwise) const;  // 1, true, 0, false
  Result<int64_t> number(std::string_view name, int64_t otherwise, int64_t least, int64_t most) const;
  // The body as an object. kBadData, at "body".
  Result<nlohmann::json> object() const;
  // Whether the key may touch that user; else it has been answered.
  bool may_touch(const std::string& user) const;
};

struct Parameter {
  const char* name;
  const char* says;
  const char* type = "string";  // of JSON schema; "integer" has bounds
  int64_t least = 0, most = 0;
};

struct Route {
  const char* method;
  const char* path;  // "{id}" stands for one part
  const char* summary;
  std::optional<Scope> needs;  // nothing: open to all
  std::vector<Parameter> query;
  const char* body;  // a JSON schema; nullptr: none
  void (*call)(Backend&, const Call&);
};

// By subject, in the order in which they are described.
std::vector<Route> service_routes();
std::vector<Route> event_routes();
std::vector<Route> list_routes();
std::vector<Route> entity_routes();
std::vector<Route> model_routes();
std::vector<Route> gorse_routes();

}  // namespace haina
