// One request on its way through a route: its path and query, its key, and how it is answered.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"
#include "service/http/http_server.h"
#include "service/http/problem_json.h"
#include "store/keys.h"

namespace haina {

class Api;
class CommitQueue;
class Engine;
class EngineSlot;
class KeyRing;
class ListCache;
class ListOutcomes;
class LiveStats;
class Metrics;
class PretrainedNetworks;
class VersionManager;
class SharedStore;
class Store;

// What routes work with. All of it outlives every answer.
struct Backend {
  EngineSlot& engines;
  CommitQueue& queue;
  SharedStore& store;  // for reading
  KeyRing& keys;
  ListCache& cache;
  Metrics& metrics;
  LiveStats& stats;
  ListOutcomes& outcomes;
  VersionManager& models;
  PretrainedNetworks& networks;
  const Api* api = nullptr;               // set by the API itself
  std::function<void()> read_state = {};  // sets the metrics that are read when they are asked for
};

inline constexpr int64_t kMostItems = 1000;  // in one list

struct RequestContext {
  const HttpRequest& request;
  std::map<std::string, std::string, std::less<>> path = {};   // decoded: {"id": "u1"}
  std::map<std::string, std::string, std::less<>> query = {};  // decoded: {"k": "10"}
  ApiKey key = {};
  HttpServer::Respond respond = {};

  void refuse(const Error& error) const;
  void answer(const Result<nlohmann::json>& document) const;
  std::string text(std::string_view name) const;                  // of the query; "" if missing
  bool boolean(std::string_view name, bool default_value) const;  // of the query: 1, true, 0 or false
  // Of the query; kInvalidArgument unless it is a whole number within the bounds.
  Result<int64_t> number(std::string_view name, int64_t default_value, int64_t least, int64_t most) const;
  // The body as a JSON object; else kBadData at "body".
  Result<nlohmann::json> object() const;
  // Whether the request's key may access that user. If not, the request has been answered with 403. Every route that
  // tenants may call for their own users asks this for each user that the request names.
  bool authorize(const std::string& user) const;
};

HttpResponse json_response(int status, const nlohmann::json& document);
HttpResponse with_retry_after(HttpResponse response);  // adds Retry-After: 1 second
HttpResponse too_busy();                               // 503: the commit queue is full

inline constexpr size_t kLongestId = 1024;  // bytes

// Checks the id of an item, a user, a list or a key: 1 to kLongestId bytes of UTF-8 without NUL. kInvalidArgument at
// `at`; the message does not repeat the id.
Status check_id(std::string_view id, const std::string& at);

// Runs `task`; an exception that a library throws becomes an Error, so that it fails this request alone.
Result<nlohmann::json> guarded(const std::function<Result<nlohmann::json>()>& task);

// Runs `task` on the commit queue's thread, after every event accepted before this call and before any accepted later.
// Its result is the request's answer; `render` makes an error's response.
void run_between_commits(Backend& backend, const RequestContext& context,
                         std::function<Result<nlohmann::json>(Store&, Engine&)> task,
                         HttpResponse (*render)(const Error&) = problem);

}  // namespace haina
