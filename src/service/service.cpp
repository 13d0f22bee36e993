#include "service/service.h"

#include <algorithm>
#include <limits>

#include "base/log.h"

namespace haina {

Result<std::unique_ptr<Service>> Service::start(const Config& config, const ServiceOptions& options) {
  HAINA_TRY(Store store, Store::open(options.store));
  HAINA_TRY(Store reader, Store::open(options.store));
  HAINA_TRY(Store of_keys, Store::open(options.store));
  HAINA_TRY(Store of_models, Store::open(options.store));
  HAINA_TRY(const std::vector<ApiKey> keys, of_keys.keys());
  const std::string& address = options.http.address;
  if (keys.empty() && !address.starts_with("127.") && address != "::1") {
    return fail({ErrorCode::kInvalidArgument, "a service without keys would be open to everyone who reaches it",
                 address, "make a key with haina keys add, or listen on 127.0.0.1"});
  }
  std::unique_ptr<Service> service(new Service());
  HAINA_TRY(const std::string version, current_version(config));
  HAINA_TRY(const Replayed replayed, load_engine(config, version, store));
  service->engines_.set(replayed.engine);
  service->replayed_ = replayed.events;
  HAINA_TRY(const std::vector<Impression> impressions,
            store.impressions(static_cast<int64_t>(Satisfaction::kMostLists)));
  std::ranges::for_each(impressions, [&](const Impression& one) { service->satisfaction_.shown(one); });
  HAINA_TRY(const std::vector<Feedback> feedback, store.feedback(static_cast<int64_t>(Satisfaction::kMostLists)));
  std::ranges::for_each(feedback, [&](const Feedback& one) { service->satisfaction_.told(one); });
  if (!impressions.empty()) {
    HAINA_OK(store.replay([&](const LiveEvent& event) { service->satisfaction_.learn(event); }));
  }

  service->cache_ = std::make_unique<ListCache>(options.cache_bytes);
  service->keys_ = std::make_unique<KeyRing>(std::move(of_keys));
  service->reader_ = std::make_unique<SharedStore>(std::move(reader));
  const auto learn = [raw = service.get()](const LiveEvent& event) {
    raw->engines_.get()->learn(event);
    raw->satisfaction_.learn(event);
  };
  // Of a shared store: what another server changed.
  const auto follow = [raw = service.get(), known = replayed.forgotten](Store& changed) mutable {
    if (const Status applied = apply_entities(changed, *raw->engines_.get(), known); !applied) {
      log_warning("what another server changed cannot be taken in: " + applied.error().what);
    }
    for (const std::string& user : changed.forgotten_users().value_or(std::vector<std::string>())) {
      if (known.insert(user).second) {  // what they did since they were forgotten is theirs
        auto since = changed.events_of(user, std::numeric_limits<int32_t>::max()).value_or(std::vector<LiveEvent>());
        std::ranges::reverse(since);
        raw->engines_.get()->relearn(user, since);
      }
    }
  };
  service->queue_ = std::make_unique<CommitQueue>(std::move(store), learn, follow, replayed.number);
  service->models_ = std::make_unique<ModelKeeper>(config, service->engines_, *service->queue_, std::move(of_models));
  service->api_ = std::make_unique<Api>(
      Backend{service->engines_, *service->queue_, *service->reader_, *service->keys_, *service->cache_,
              service->metrics_, service->stats_, service->satisfaction_, *service->models_},
      options.api);
  if (!options.events.empty()) {
    const auto count = [raw = service.get()](int64_t accepted, int64_t known, int64_t unreadable) {
      raw->metrics_.events_taken(accepted, known);
      raw->metrics_.messages_skipped(unreadable);
      raw->stats_.events_in(accepted);
    };
    HAINA_TRY(service->kafka_, KafkaSource::start(options.events, *service->queue_, count, options.rejects));
  }
  HAINA_TRY(HttpServer server,
            HttpServer::start(options.http,
                              [api = service->api_.get()](const HttpRequest& request, HttpServer::Respond respond) {
                                api->answer(request, std::move(respond));
                              }));
  service->server_ = std::make_unique<HttpServer>(std::move(server));
  return service;
}

}  // namespace haina
