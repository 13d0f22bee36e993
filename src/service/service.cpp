#include "service/service.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "config/sections.h"
#include "data/parse_time.h"
#include "engine/follower.h"
#include "model/versions.h"
#include "service/gorse/gorse.h"

namespace haina {
namespace {

constexpr int kLeastWorkers = 4;  // also where one of them waits for a database that hangs

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
    if (!changes || std::ranges::any_of(*changes, [](const Change& change) { return change.kind == "forget"; })) {
      HAINA_TRY(const HashedNames forgotten, store.forgotten_users());
      outcomes.forget(forgotten);  // first: also of users whom the engine does not know
    }
    HAINA_TRY([[maybe_unused]] const auto users, follow(store, *engines.get(), changes, until));
    return ok();
  };
}

// The names of the keys whose values differ.
template <class S>
std::vector<std::string> changed_keys(const KeyTable<S>& table, const S& before, const S& after) {
  std::vector<std::string> changed;
  for (const Key<S>& key : table.keys) {
    if (key.to_json(before) != key.to_json(after)) {
      changed.push_back(key.info.name);
    }
  }
  return changed;
}

nlohmann::json rules_json(const ServeConfig& serve) {
  nlohmann::json all = nlohmann::json::array();
  std::ranges::transform(serve.rules, std::back_inserter(all), [](const RuleConfig& rule) { return to_json(rule); });
  return all;
}

// When a version was trained, in microseconds since 1970 UTC.
std::optional<int64_t> trained_at_us(const std::string& version) {
  const std::optional<std::string> text = trained_at(version);
  const auto time = text ? parse_written_time(*text) : std::nullopt;
  return time ? std::optional(time->micros) : std::nullopt;
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

void Service::reconfigure(const Config& config, const WatchConfig& watch) {
  api_->log_all_requests(log_all_ || watch.access_log);
  std::vector<std::string> at_restart = changed_keys(watch_keys(), watch_, watch);
  std::erase_if(at_restart, [](const std::string& name) { return name == "log_format" || name == "access_log"; });
  if (!at_restart.empty()) {
    log_warning(fmt::format("[serve] {} changed: in force after a restart", fmt::join(at_restart, ", ")));
  }
  std::vector<std::string> changed = changed_keys(serve_keys(), serve_, config.serve);
  if (rules_json(serve_) != rules_json(config.serve)) {
    changed.emplace_back("rules");
  }
  serve_ = config.serve;
  watch_ = watch;
  if (changed.empty()) {
    return;
  }
  const std::string names = fmt::format("[serve] {}", fmt::join(changed, ", "));
  models_->reconfigure(config.serve, [names](const Result<std::string>& version) {
    version ? log_info("in force now: " + names)
            : log_warning(fmt::format("{} of before stays in force: {}", names, to_text(version.error())));
  });
}

// The database's size is measured by a worker, so that a database that hangs does not hold up whoever watches.
void Service::read_state() {
  if (!measuring_.exchange(true)) {
    const bool taken = workers_->run("", [this] {
      if (const Result<int64_t> bytes = reader_->read([](Store& store) { return store.bytes(); })) {
        store_bytes_ = *bytes;
      }
      measuring_ = false;
    });
    if (!taken) {
      measuring_ = false;
    }
  }
  const std::shared_ptr<Engine> engine = engines_.get();
  const CommitQueue::Waiting waiting = queue_->waiting();
  const Engine::Sizes sizes = engine->sizes();
  const std::optional<int64_t> trained_us = trained_at_us(engine->model_version());
  metrics_.set({.waiting_events = static_cast<int64_t>(waiting.events),
                .waiting_tasks = static_cast<int64_t>(waiting.tasks),
                .waiting_impressions = static_cast<int64_t>(waiting.impressions),
                .waiting_work = static_cast<int64_t>(workers_->waiting()),
                .store_bytes = store_bytes_,
                .model_age_seconds = trained_us ? static_cast<double>(now_us() - *trained_us) / 1e6 : -1,
                .live_users = sizes.users,
                .live_items = sizes.items,
                .events_without_item = sizes.waiting_events,
                .spans_sent = spans_ ? spans_->sent() : 0,
                .spans_dropped = spans_ ? spans_->dropped() : 0});
}

// Where the command line or haina.toml names topics.
Status Service::start_kafka(const ServiceOptions& options) {
  if (options.events.empty() && options.watch.kafka.topics.empty()) {
    return ok();
  }
  const auto count = [this](int64_t accepted, int64_t known, int64_t unreadable) {
    metrics_.events_received(accepted, known);
    metrics_.messages_skipped(unreadable);
    stats_.events_in(accepted);
  };
  auto source = KafkaSource::start(options.events, options.watch.kafka, *queue_, count, options.rejects);
  if (!source) {
    Error error = source.error();
    const auto place = options.watch.places.find(error.at);
    error.at = place == options.watch.places.end() ? error.at : place->second;
    return fail(error);
  }
  kafka_ = std::move(*source);
  return ok();
}

// Nothing that a library throws may end the queue's thread.
void Service::place_adopted() {
  try {
    engines_.get()->place_adopted(Engine::Place::kSome);
  } catch (const std::exception& exception) {
    log_warning(fmt::format("added items keep the places that they had: {}", exception.what()));
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
  service->serve_ = config.serve;
  service->watch_ = options.watch;
  service->log_all_ = options.api.log_all;
  if (!options.watch.otlp_endpoint.empty()) {
    HAINA_TRY(service->spans_, SpanExporter::start(options.watch.otlp_endpoint));
  }
  HAINA_TRY(const std::string version, current_version(config));
  HAINA_TRY(const Replayed replayed, load_engine(config, version, store));
  service->engines_.set(replayed.engine);
  service->replayed_ = replayed.events;
  service->networks_ = std::make_unique<PretrainedNetworks>(config.folder);
  service->networks_->load_for(*replayed.engine);
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
  service->queue_ = std::make_unique<CommitQueue>(
      std::move(store), learn, follower(service->engines_, service->outcomes_, queue), replayed.number, replayed.change,
      [raw = service.get()](double seconds) { raw->metrics_.committed(seconds); },
      [raw = service.get()] { raw->place_adopted(); });
  *queue = service->queue_.get();
  service->models_ =
      std::make_unique<VersionManager>(config, service->engines_, *service->queue_, std::move(model_store));
  HAINA_TRY(const KeepConfig keep, load_keep(config));
  const auto count_dropped = [raw = service.get()](const char* kind, int64_t rows) {
    raw->metrics_.rows_dropped(kind, rows);
  };
  service->retention_ = std::make_unique<Retention>(keep, *service->queue_, count_dropped, options.retention);
  ApiOptions api_options = options.api;
  api_options.hosts.push_back(address);
  service->workers_ = std::make_unique<WorkerPool>(std::max(kLeastWorkers, options.http.threads));
  api_options.workers = service->workers_.get();
  api_options.spans = service->spans_.get();
  api_options.log_all = api_options.log_all || options.watch.access_log;
  std::vector<RouteTable> routes = {v1_routes()};
  if (options.gorse) {
    routes.push_back(gorse_routes());
  }
  service->api_ = std::make_unique<Api>(
      Backend{service->engines_, *service->queue_, *service->reader_, *service->keys_, *service->cache_,
              service->metrics_, service->stats_, service->outcomes_, *service->models_, *service->networks_, nullptr,
              [raw = service.get()] { raw->read_state(); }},
      api_options, std::move(routes));
  HAINA_OK(service->start_kafka(options));
  HttpServer::Options http = options.http;
  http.on_refusal = [raw = service.get()](const char* reason) { raw->metrics_.refused(reason); };
  HAINA_TRY(HttpServer server,
            HttpServer::start(
                http,
                [api = service->api_.get()](const HttpRequest& request, HttpServer::Respond respond) {
                  api->answer(request, std::move(respond));
                },
                [api = service->api_.get()](HttpRequest& request) { return api->admit(request); }));
  service->server_ = std::make_unique<HttpServer>(std::move(server));
  return service;
}

}  // namespace haina
