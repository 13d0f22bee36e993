// The whole service: store, engine, API and HTTP server, started and ended in the right order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "config/config.h"
#include "engine/engine_slot.h"
#include "engine/version_manager.h"
#include "service/api/api_keys.h"
#include "service/api/list_cache.h"
#include "service/api/router.h"
#include "service/http/http_server.h"
#include "service/ingest/kafka_consumer.h"
#include "service/retention.h"
#include "service/telemetry/list_outcomes.h"
#include "service/telemetry/live_stats.h"
#include "service/telemetry/prometheus.h"
#include "store/commit_queue.h"
#include "store/shared_store.h"

namespace haina {

struct ServiceOptions {
  std::string store;  // "sqlite://PATH" | "postgresql://…"
  HttpServer::Options http = {};
  ApiOptions api = {};
  bool gorse = false;  // also serves the paths under /api that Gorse's clients call
  size_t cache_bytes = 64 << 20;
  std::string events = {};   // "kafka://HOST:PORT/TOPIC", read besides HTTP; empty: none
  std::string rejects = {};  // file for Kafka messages that cannot be read; empty: none
  Retention::Pace retention = {};
};

class Service {
 public:
  // Loads the version in use, replays the store into it, then listens. Creates the store's tables if there are none.
  // kNotFound if no version is trained.
  static Result<std::unique_ptr<Service>> start(const Config& config, const ServiceOptions& options);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  uint16_t port() const { return server_->port(); }
  int64_t replayed() const { return replayed_; }  // events that the store had at the start
  // Reads the keys and the certificate again; what cannot be read stays as it was, with a warning. Any thread.
  void reload();

 private:
  Service() = default;
  // Destroyed in reverse order: the server stops taking requests, then the commit queue writes and answers what is
  // waiting, while the API and the engine still exist.
  EngineSlot engines_;
  int64_t replayed_ = 0;
  Metrics metrics_;
  LiveStats stats_;
  ListOutcomes outcomes_;
  std::unique_ptr<ListCache> cache_;
  std::unique_ptr<KeyRing> keys_;
  std::unique_ptr<SharedStore> reader_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<CommitQueue> queue_;
  std::unique_ptr<VersionManager> models_;
  std::unique_ptr<Retention> retention_;
  std::unique_ptr<KafkaSource> kafka_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace haina
