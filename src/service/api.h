// The HTTP API: one table of routes that answers requests and describes itself (OpenAPI 3.1).
#pragma once

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "service/engine.h"
#include "service/http_server.h"
#include "service/key_ring.h"
#include "service/list_cache.h"
#include "service/metrics.h"
#include "store/commit_queue.h"

namespace haina {

class Api {
 public:
  // `engine` knows what is in the store already; `queue` commits to the same store, of which `session` is one of its
  // own. Both must outlive every answer.
  // `cache_bytes`: for lists that are asked for again.
  Api(Engine& engine, CommitQueue& queue, Store session, KeyRing& keys, size_t cache_bytes);
  void answer(const HttpRequest& request, HttpServer::Respond respond);
  nlohmann::json openapi() const;

 private:
  struct Call;
  struct Route;
  bool may(const Call& call, const Route& route);
  void health(const Call& call) const;
  void post_events(const Call& call);
  void get_events(const Call& call);
  void get_recommendations(const Call& call);
  void post_recommendations(const Call& call) const;
  void get_search(const Call& call) const;
  void get_similar(const Call& call) const;
  void change(const Call& call, std::function<Status(Store&)> change, std::function<void()> learn,
              nlohmann::json answer);
  void delete_item(const Call& call);
  void patch_item(const Call& call);
  void delete_user(const Call& call);
  static const std::vector<Route>& routes();

  Engine& engine_;
  CommitQueue& queue_;
  KeyRing& keys_;
  std::mutex session_mutex_;
  Store session_;  // guarded by session_mutex_
  ListCache cache_;
  Metrics metrics_;
};

}  // namespace haina
