#include "service/service.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "service/gorse/gorse.h"

namespace haina {
namespace {

// What a server that shares the store does when another server changed it: applies the change to its own engine.
// `forgotten` are the users that this server knows to be forgotten.
CommitQueue::OnChange follower(EngineSlot& engines, std::set<std::string> forgotten) {
  return [&engines, known = std::move(forgotten)](Store& store) mutable {
    if (const Status applied = apply_entities(store, *engines.get(), known); !applied) {
      log_warning("changes of another server cannot be applied: " + applied.error().what);
    }
    for (const std::string& user : store.forgotten_users().value_or(std::vector<std::string>())) {
      if (known.insert(user).second) {  // events after the user was forgotten count again
        auto events = store.events_of(user, std::numeric_limits<int32_t>::max()).value_or(std::vector<LiveEvent>());
        std::ranges::reverse(events);
        engines.get()->relearn(user, events);
      }
    }
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
  HAINA_OK(restore_outcomes(store, service->outcomes_));

  service->cache_ = std::make_unique<ListCache>(options.cache_bytes);
  HAINA_TRY(service->keys_, KeyRing::open(std::move(key_store)));
  service->reader_ = std::make_unique<SharedStore>(std::move(reader));
  const auto learn = [raw = service.get()](const LiveEvent& event) {
    raw->engines_.get()->learn(event);
    raw->outcomes_.learn(event);
  };
  service->queue_ = std::make_unique<CommitQueue>(std::move(store), learn,
                                                  follower(service->engines_, replayed.forgotten), replayed.number);
  service->models_ =
      std::make_unique<VersionManager>(config, service->engines_, *service->queue_, std::move(model_store));
  HAINA_TRY(const KeepConfig keep, load_keep(config));
  const auto count_dropped = [raw = service.get()](const char* kind, int64_t rows) {
    raw->metrics_.rows_dropped(kind, rows);
  };
  service->retention_ = std::make_unique<Retention>(keep, *service->queue_, count_dropped, options.retention);
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
