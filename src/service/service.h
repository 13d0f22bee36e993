// The whole service: store, engine, API and HTTP server, started and ended in the right order.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "config/config.h"
#include "config/watch_config.h"
#include "engine/engine_slot.h"
#include "engine/version_manager.h"
#include "service/api/api_keys.h"
#include "service/api/list_cache.h"
#include "service/api/pretrained_networks.h"
#include "service/api/router.h"
#include "service/http/http_server.h"
#include "service/http/worker_pool.h"
#include "service/ingest/kafka_consumer.h"
#include "service/retention.h"
#include "service/telemetry/list_outcomes.h"
#include "service/telemetry/live_stats.h"
#include "service/telemetry/prometheus.h"
#include "service/telemetry/span_exporter.h"
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
  WatchConfig watch = {};
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
  // Takes over [serve] and the rules of `config`: those of lists within the time that loading the version takes. What
  // cannot be used stays as it was, with a warning; a line of the log says what needs a restart. One thread at a time.
  void reconfigure(const Config& config, const WatchConfig& watch);

 private:
  Service() = default;
  Status start_kafka(const ServiceOptions& options);
  void read_state();  // for the metrics
  void place_adopted();
  // Destroyed in reverse order: the server stops taking requests, then the commit queue writes and answers what is
  // waiting, while the API and the engine still exist.
  EngineSlot engines_;
  int64_t replayed_ = 0;
  ServeConfig serve_;  // as of the last reconfigure
  WatchConfig watch_;
  bool log_all_ = false;  // as the command line says
  std::atomic<int64_t> store_bytes_ = -1;
  std::atomic<bool> measuring_ = false;  // a worker is about to set store_bytes_
  Metrics metrics_;
  LiveStats stats_;
  ListOutcomes outcomes_;
  std::unique_ptr<SpanExporter> spans_;
  std::unique_ptr<PretrainedNetworks> networks_;
  std::unique_ptr<ListCache> cache_;
  std::unique_ptr<KeyRing> keys_;
  std::unique_ptr<SharedStore> reader_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<CommitQueue> queue_;
  std::unique_ptr<VersionManager> models_;
  std::unique_ptr<Retention> retention_;
  std::unique_ptr<KafkaSource> kafka_;
  std::unique_ptr<WorkerPool> workers_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace haina
