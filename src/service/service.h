// The whole service: store, engine, API and HTTP server, in the order in which they need each other.
#pragma once

#include <memory>

#include "service/api/router.h"
#include "engine/engine_slot.h"
#include "service/ingest/kafka_consumer.h"
#include "service/api/api_keys.h"
#include "service/api/list_cache.h"
#include "service/telemetry/live_stats.h"
#include "service/telemetry/prometheus.h"
#include "engine/version_manager.h"
#include "service/telemetry/list_outcomes.h"
#include "store/shared_store.h"

namespace haina {

struct ServiceOptions {
  std::string store;  // "sqlite://PATH" | "postgresql://…"
  HttpServer::Options http = {};
  ApiOptions api = {};
  size_t cache_bytes = 64 << 20;
  std::string events = {};   // "kafka://HOST:PORT/TOPIC": events from there as well; empty: none
  std::string rejects = {};  // a file for messages that cannot be read; empty: none
};

class Service {
 public:
  // The version in use, with what the store has beside it, then listens. The store's tables are made where there are
  // none. kNotFound where nothing is trained.
  static Result<std::unique_ptr<Service>> start(const Config& config, const ServiceOptions& options);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  uint16_t port() const { return server_->port(); }
  int64_t replayed() const { return replayed_; }  // events found in the store

 private:
  Service() = default;
  // They go from the last to the first: nobody asks any more, then what was handed in is written and answered, by an
  // API and an engine that are still there.
  EngineSlot engines_;
  int64_t replayed_ = 0;
  Metrics metrics_;
  LiveStats stats_;
  Satisfaction satisfaction_;
  std::unique_ptr<ListCache> cache_;
  std::unique_ptr<KeyRing> keys_;
  std::unique_ptr<SharedStore> reader_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<CommitQueue> queue_;
  std::unique_ptr<ModelKeeper> models_;
  std::unique_ptr<KafkaSource> kafka_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace haina
