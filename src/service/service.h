// The whole service: store, engine, API and HTTP server, in the order in which they need each other.
#pragma once

#include <memory>

#include "service/api.h"

namespace haina {

class Service {
 public:
  // Replays the store into the engine, then listens. The store's file is made where there is none.
  static Result<std::unique_ptr<Service>> start(Engine engine, const std::string& store_url,
                                                const HttpServer::Options& options, size_t cache_bytes = 64 << 20);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  uint16_t port() const { return server_->port(); }
  int64_t replayed() const { return replayed_; }  // events found in the store

 private:
  explicit Service(Engine engine) : engine_(std::move(engine)) {}
  // They go from the last to the first: nobody asks any more, then what was handed in is written and answered, by an
  // API and an engine that are still there.
  Engine engine_;
  int64_t replayed_ = 0;
  std::unique_ptr<KeyRing> keys_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<CommitQueue> queue_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace haina
