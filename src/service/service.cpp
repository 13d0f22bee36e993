#include "service/service.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "engine/follower.h"
#include "service/gorse/gorse.h"

namespace haina {
namespace {

// What a server does when another server, or a command, changed its store: applies the change to its own engine.
// queue: set once it is there. Events that it has not passed on yet come to the engine later.
CommitQueue::OnChange follower(EngineSlot& engines, ListOutcomes& outcomes,
                               std::shared_ptr<std::atomic<const CommitQueue*>> queue) {
  return [&engines, &outcomes, queue = std::move(queue)](Store& store,
                                                         const std::optional<std::vector<Change>>& changes) -> Status {
    const CommitQueue* const from = queue->load();
    if (from == nullptr) {
      return fail({ErrorCode::kIo, "the service is starting", "", "wait"});
    }
    const int64_t until = from->is_shared() ? from->seen() : std::numeric_limits<int64_t>::max();
    HAINA_TRY(const std::vector<std::string> forgotten, follow(store, *engines.get(), changes, until));
    std::ranges::for_each(forgotten, [&](const std::string& user) { outcomes.forget(user); });
    return ok();
  };
}

Status restore_outcomes(Store& store, ListOutcomes& outcomes) {
  constexpr auto kMost = static_cast<int64_t>(ListOutcomes::kMostLists);
  HAINA_TRY(const std::vector<Impression> impressions, store.impressions(kMost));
  for (const Impression& impression : impressions) {
    outcomes.on_impression(impression);
  }
  HAINA_TRY(const std::vector<Feedback> feedback, store.feedback(kMost));
  for (const Feedback& one : feedback) {
    outcomes.on_feedback(one);
  }
  return impressions.empty() ? ok() : store.replay([&](const LiveEvent& event) { outcomes.learn(event); });
}

}  // namespace

void Service::reload() {
  keys_->read_again();
  if (const Status reloaded = server_->reload_certificate(); !reloaded) {
    log_warning("the certificate of before stays in use: " + to_text(reloaded.error()));
  }
}

Result<std::unique_ptr<Service>> Service::start(const Config& config, const ServiceOptions& options) {
  HAINA_TRY(Store store, Store::open(options.store));
  HAINA_TRY(Store reader, Store::open(options.store));
  HAINA_TRY(Store key_store, Store::open(options.store));
  HAINA_TRY(Store model_store, Store::open(options.store));
  HAINA_TRY(const std::vector<ApiKey> keys, key_store.keys());
  const std::string& address = options.http.address;
  if (keys.empty() && !address.starts_with("127.") && address != "::1") {
    return fail({ErrorCode::kInvalidArgument, "a service without keys would be open to everyone who can reach it",
                 address, "add a key with haina keys add, or listen on 127.0.0.1"});
  }
  std::unique_ptr<Service> service(new Service());
  HAINA_TRY(const std::string version, current_version(config));
  HAINA_TRY(const Replayed replayed, load_engine(config, version, store));
  service->engines_.set(replayed.engine);
  service->replayed_ = replayed.events;
  HAINA_TRY(HashedNames forgotten, store.forgotten_users());
  service->outcomes_.sign_with(store.salt(), std::move(forgotten));
  HAINA_OK(restore_outcomes(store, service->outcomes_));

  service->cache_ = std::make_unique<ListCache>(options.cache_bytes);
  HAINA_TRY(service->keys_, KeyRing::open(std::move(key_store)));
  service->reader_ = std::make_unique<SharedStore>(std::move(reader));
  const auto learn = [raw = service.get()](const LiveEvent& event) {
    raw->engines_.get()->learn(event);
    raw->outcomes_.learn(event);
  };
  const auto queue = std::make_shared<std::atomic<const CommitQueue*>>(nullptr);
  service->queue_ =
      std::make_unique<CommitQueue>(std::move(store), learn, follower(service->engines_, service->outcomes_, queue),
                                    replayed.number, replayed.change);
  *queue = service->queue_.get();
  service->models_ =
      std::make_unique<VersionManager>(config, service->engines_, *service->queue_, std::move(model_store));
  ApiOptions api_options = options.api;
  api_options.hosts.push_back(address);
  std::vector<RouteTable> routes = {v1_routes()};
  if (options.gorse) {
    routes.push_back(gorse_routes());
  }
  service->api_ = std::make_unique<Api>(
      Backend{service->engines_, *service->queue_, *service->reader_, *service->keys_, *service->cache_,
              service->metrics_, service->stats_, service->outcomes_, *service->models_},
      api_options, std::move(routes));
  if (!options.events.empty()) {
    const auto count = [raw = service.get()](int64_t accepted, int64_t known, int64_t unreadable) {
      raw->metrics_.events_received(accepted, known);
      raw->metrics_.messages_skipped(unreadable);
      raw->stats_.events_in(accepted);
    };
    HAINA_TRY(service->kafka_, KafkaSource::start(options.events, *service->queue_, count, options.rejects));
  }
  HAINA_TRY(HttpServer server,
            HttpServer::start(
                options.http,
                [api = service->api_.get()](const HttpRequest& request, HttpServer::Respond respond) {
                  api->answer(request, std::move(respond));
                },
                [api = service->api_.get()](HttpRequest& request) { return api->admit(request); }));
  service->server_ = std::make_unique<HttpServer>(std::move(server));
  return service;
}

}  // namespace haina
