#include "engine/version_manager.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <future>
#include <set>

#include "base/log.h"
#include "engine/entity_json.h"

namespace haina {
namespace {

constexpr std::chrono::seconds kLook{2};
constexpr size_t kLeastChecked = 20;  // users with events that neither version was trained on
constexpr size_t kMostChecked = 200;
constexpr double kWorse = 0.8;  // of the NDCG@10 of the version in use: below, a version is refused

}  // namespace

Status apply_entities(Store& store, Engine& engine, const std::set<std::string>& forgotten_before) {
  HAINA_TRY(const std::vector<std::string> forgotten, store.forgotten_users());
  for (const std::string& user : forgotten) {
    if (!forgotten_before.contains(user)) {
      engine.forget(user);
    }
  }
  HAINA_TRY(const std::vector<Entity> items, store.entities("item"));
  std::vector<ItemSaid> said;
  for (const Entity& entity : items) {
    said.push_back({entity.id, cells_of_document(entity.document)});
  }
  if (!said.empty()) {
    HAINA_OK(engine.put_items(said));
  }
  HAINA_TRY(const std::vector<Entity> users, store.entities("user"));
  for (const Entity& entity : users) {
    engine.put_user(entity.id, user_of_document(entity.document));
  }
  HAINA_TRY(const std::vector<Entity> kept, store.entities("rule"));
  std::vector<RuleConfig> rules;
  for (const Entity& entity : kept) {
    HAINA_TRY(RuleConfig rule, parse_rule(nlohmann::json::parse(entity.document, nullptr, false)));
    rules.push_back(std::move(rule));
  }
  if (!rules.empty()) {
    if (const Status set = engine.set_rules(rules); !set) {  // of fields that this version does not have
      log_warning("rules of the API are not in force: " + set.error().what);
    }
  }
  HAINA_TRY(const std::vector<std::string> hidden, store.hidden_items());
  engine.hide_exactly(hidden);
  return ok();
}

Result<Replayed> load_engine(const Config& config, const std::string& version, Store& store) {
  HAINA_TRY(Loaded loaded, load_version(config, version));
  HAINA_TRY(Engine made, Engine::make(config, std::move(loaded.dataset), std::move(loaded.model)));
  Replayed replayed = {.engine = std::make_shared<Engine>(std::move(made))};
  const int64_t trained = replayed.engine->trained_until();
  HAINA_TRY(replayed.number, store.last_number());
  HAINA_TRY(const std::vector<std::string> forgotten, store.forgotten_users());
  const std::set<std::string_view> gone(forgotten.begin(), forgotten.end());
  HAINA_OK(apply_entities(store, *replayed.engine, {}));  // before the events that came after
  const auto learn = [&](const LiveEvent& event) {
    replayed.engine->learn(event);
    ++replayed.events;
  };
  if (trained > 0 && !gone.empty()) {  // what a forgotten user did since lies in the dataset, which is not theirs
    for (const std::string& user : forgotten) {
      HAINA_TRY(std::vector<LiveEvent> events, store.events_of(user, std::numeric_limits<int32_t>::max()));
      std::ranges::reverse(events);
      std::ranges::for_each(events, learn);
    }
  }
  HAINA_OK(store.replay(
      [&](const LiveEvent& event) {
        if (trained == 0 || !gone.contains(event.user)) {
          learn(event);
        }
      },
      trained, replayed.number));
  replayed.forgotten.insert(forgotten.begin(), forgotten.end());
  return replayed;
}

ModelKeeper::ModelKeeper(Config config, EngineSlot& slot, CommitQueue& queue, Store reader)
    : config_(std::move(config)), slot_(slot), queue_(queue), reader_(std::move(reader)), thread_([this] { run(); }) {}

ModelKeeper::~ModelKeeper() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  waiting_.notify_one();
  thread_.join();
}

void ModelKeeper::use(const std::string& version, Check check, Done done) {
  {
    const std::scoped_lock lock(mutex_);
    wishes_.push_back({version, check, std::move(done)});
  }
  waiting_.notify_one();
}

void ModelKeeper::roll_back(Done done) { use("", Check::kNo, std::move(done)); }

void ModelKeeper::run() {
  at::set_num_threads(1);  // requests go first
  while (true) {
    Wish wish;
    {
      std::unique_lock lock(mutex_);
      waiting_.wait_for(lock, kLook, [this] { return ending_ || !wishes_.empty(); });
      if (ending_) {
        for (const Wish& left : wishes_) {
          left.done(fail({ErrorCode::kInterrupted, "the service ends", "", "ask again when it runs"}));
        }
        return;
      }
      if (!wishes_.empty()) {
        wish = std::move(wishes_.front());
        wishes_.pop_front();
      }
    }
    if (wish.done) {
      wish.done(fulfil(wish));
      continue;
    }
    const Result<std::string> said = current_version(config_);
    if (said && *said != refused_ && *said != slot_.get()->about().at("model")) {
      if (const Result<std::string> taken = swap_in(*said, Check::kYes); !taken) {
        refused_ = *said;
        log_warning(fmt::format("version {} is not taken in: {}", *said, taken.error().what));
      }
    }
  }
}

Result<std::string> ModelKeeper::fulfil(const Wish& wish) {
  if (wish.version.empty()) {
    HAINA_TRY(const std::string version, haina::roll_back(config_));
    return swap_in(version, wish.check);
  }
  HAINA_TRY(const std::string version, swap_in(wish.version, wish.check));
  HAINA_OK(use_version(config_, version));
  return version;
}

Status ModelKeeper::check_recent(const Engine& candidate, const Engine& current, int64_t trained_number) {
  std::map<std::string, std::vector<std::string>> taken;
  HAINA_OK(reader_.replay(
      [&](const LiveEvent& event) {
        if (taken.size() < kMostChecked || taken.contains(event.user)) {
          taken[event.user].push_back(event.item);
        }
      },
      trained_number));
  if (taken.size() < kLeastChecked) {
    const auto list =
        candidate.recommend({.user = "", .history = {}, .query = "", .k = 10}, {.reasons = Reasons::kSkip});
    return list && !list->at("items").empty()
               ? ok()
               : fail({ErrorCode::kBadData, "its list for a newcomer is empty", "", "train again"});
  }
  double of_candidate = 0, of_current = 0;
  for (const auto& [user, items] : taken) {
    of_candidate += candidate.ndcg_of(user, items, 10);
    of_current += current.ndcg_of(user, items, 10);
  }
  if (of_candidate < kWorse * of_current) {
    return fail(
        {ErrorCode::kBadData,
         fmt::format("NDCG@10 of {} users' newest events is {:.4f}, and {:.4f} with the version in use", taken.size(),
                     of_candidate / static_cast<double>(taken.size()), of_current / static_cast<double>(taken.size())),
         "version", "train again, or use it all the same with {\"check\": false}"});
  }
  return ok();
}

Result<std::string> ModelKeeper::swap_in(const std::string& version, Check check) {
  HAINA_OK(check_version(config_, version));
  if (check == Check::kYes) {
    // Both without what came in since the later of them was trained: what users did then is what the lists are held to.
    HAINA_TRY(Loaded loaded, load_version(config_, version));
    const std::shared_ptr<Engine> current = slot_.get();
    HAINA_TRY(Engine bare, Engine::make(config_, std::move(loaded.dataset), std::move(loaded.model)));
    HAINA_TRY(Loaded again, load_version(config_, current->about().at("model")));
    HAINA_TRY(Engine bare_current, Engine::make(config_, std::move(again.dataset), std::move(again.model)));
    HAINA_OK(check_recent(bare, bare_current, std::max(bare.trained_until(), current->trained_until())));
  }
  HAINA_TRY(Replayed next, load_engine(config_, version, reader_));
  // What came in meanwhile, then the swap: no event falls between.
  std::promise<Status> swapped;
  queue_.between([&](Store& store) {
    const auto catch_up = [&]() -> Status {
      HAINA_OK(apply_entities(store, *next.engine, next.forgotten));
      // Of a shared store, what others write from here on comes to the engine by the queue.
      return store.replay([&](const LiveEvent& event) { next.engine->learn(event); }, next.number,
                          queue_.is_shared() ? queue_.seen() : std::numeric_limits<int64_t>::max());
    };
    const Status caught = catch_up();
    if (caught) {
      slot_.set(next.engine);
    }
    swapped.set_value(caught);
  });
  HAINA_OK(swapped.get_future().get());
  log(LogLevel::kInfo, fmt::format("version {} serves", version));
  return version;
}

Result<nlohmann::json> ModelKeeper::versions() const {
  using Json = nlohmann::json;
  HAINA_TRY(const std::vector<Version> versions, list_versions(config_));
  Json models = Json::array();
  const std::string serving = slot_.get()->about().at("model");
  for (const Version& version : versions) {
    const Json ranker = version.about.value("ranker", Json::object());
    const std::optional<std::string> trained = trained_at(version.name);
    models.push_back(
        {{"version", version.name},
         {"trained", trained ? Json(*trained) : Json()},
         {"events", version.about.contains("store") ? version.about["store"].value("events", Json()) : Json(0)},
         {"current", version.name == serving},
         // NDCG@10 of the chosen form on validation users that it was not fitted on.
         {"validation", ranker.value("cross_fit", Json::object()).value(ranker.value("fit", ""), Json())}});
  }
  return Json{{"current", serving}, {"models", models}};
}

}  // namespace haina
