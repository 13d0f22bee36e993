#include "engine/version_manager.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <future>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "base/log.h"
#include "data/forget_users.h"
#include "engine/clearly_worse.h"
#include "engine/follower.h"
#include "engine/live_check.h"
#include "engine/replay_start.h"
#include "model/forget_in_project.h"
#include "model/version_pointer.h"

namespace haina {
namespace {

constexpr std::chrono::seconds kPollInterval{2};  // between looks at current.json
constexpr std::chrono::seconds kLongestPurgeWait{300};
constexpr size_t kLeastChecked = 20;  // users with events that neither version was trained on
constexpr size_t kMostChecked = 200;
constexpr size_t kMostSwaps = 50;  // that versions() tells

// Whatever was changed meanwhile, by this server or by others: by a session that changes nothing, all of it.
Status follow_since(Store& reader, Engine& engine, int64_t change, int64_t until) {
  int64_t last = change;
  HAINA_TRY(const std::optional<std::vector<Change>> changes, reader.changes_of_others(change, last));
  HAINA_TRY(const std::vector<std::string> forgotten, follow(reader, engine, changes, until));
  return ok();
}

}  // namespace

VersionManager::VersionManager(Config config, EngineSlot& slot, CommitQueue& queue, Store reader)
    : config_(std::move(config)), slot_(slot), queue_(queue), reader_(std::move(reader)), thread_([this] { run(); }) {}

VersionManager::~VersionManager() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void VersionManager::use(const std::string& version, Check check, Done done) {
  {
    const std::scoped_lock lock(mutex_);
    requests_.push_back({version, check, std::move(done)});
  }
  changed_.notify_one();
}

void VersionManager::reconfigure(const ServeConfig& serve, Done done) {
  {
    const std::scoped_lock lock(mutex_);
    requests_.push_back({.version = "", .check = Check::kNo, .done = std::move(done), .serve = serve});
  }
  changed_.notify_one();
}

void VersionManager::roll_back(Done done) { use("", Check::kNo, std::move(done)); }

void VersionManager::run() {
  at::set_num_threads(1);  // leaves the other cores to requests
  while (true) {
    SwapRequest request;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kPollInterval, [this] { return stopping_ || !requests_.empty(); });
      if (stopping_) {
        for (const SwapRequest& left : requests_) {
          left.done(fail({ErrorCode::kInterrupted, "the service is shutting down", "", "try again when it runs"}));
        }
        return;
      }
      if (!requests_.empty()) {
        request = std::move(requests_.front());
        requests_.pop_front();
      }
    }
    if (request.done) {
      request.done(carry_out(request));
      continue;
    }
    purge();
    const Result<std::string> current = current_version(config_);
    if (!current && current.error().what != refused_) {
      refused_ = current.error().what;  // said once
      log_warning(to_text(current.error()));
    }
    if (current && *current != refused_ && *current != slot_.get()->model_version()) {
      if (const Result<std::string> swapped = swap_in(*current, Check::kYes); !swapped) {
        refuse(*current, swapped.error());
      }
    }
  }
}

void VersionManager::purge() {
  const Result<bool> left = reader_.has_deleted_left();
  const Result<HashedNames> forgotten = reader_.forgotten_users();
  if (left && *left) {
    if (const Result<bool> done = reader_.overwrite_deleted(); !done) {
      log_warning("deleted rows are still in the database's files: " + done.error().what);
    }
  }
  if (!forgotten || forgotten->empty()) {
    return;
  }
  int64_t latest = 0;
  for (const auto& [key, time_us] : forgotten->times()) {
    latest = std::max(latest, time_us);
  }
  const auto state = [&] { return fmt::format("{} {} {}", project_state(config_), forgotten->times().size(), latest); };
  const auto now = std::chrono::steady_clock::now();
  if (state() == purged_ || now < purge_after_) {
    return;
  }
  const Result<Purged> purged = forget_in_project(config_, *forgotten);
  for (const std::string& folder : purged ? purged->rewritten : std::vector<std::string>()) {
    log(LogLevel::kInfo, folder + ": written without the users who were forgotten");
  }
  const std::string not_yet = purged ? fmt::format("{}", fmt::join(purged->not_yet, "; ")) : to_text(purged.error());
  if (!not_yet.empty() && not_yet != not_yet_) {
    log_warning("forgotten users are still in files of the project, and it is tried again: " + not_yet);
  }
  not_yet_ = not_yet;
  purge_wait_ =
      not_yet.empty() ? std::chrono::seconds(0) : std::clamp(2 * purge_wait_, kPollInterval, kLongestPurgeWait);
  purge_after_ = now + purge_wait_;
  purged_ = not_yet.empty() ? state() : "";
}

namespace {

// Where the store or the disk failed, that says nothing of the version: it is tried again.
bool is_refusal(const Error& why) { return why.code == ErrorCode::kBadData; }

}  // namespace

// The pointer goes back to the version that serves, so that the next start does not take the refused one unseen.
void VersionManager::refuse(const std::string& version, const Error& why) {
  if (!is_refusal(why)) {
    if (std::exchange(not_swapped_, version + why.what) != version + why.what) {
      log_warning(fmt::format("version {} cannot be taken yet: {}\n  hint: {}", version, why.what, why.hint));
    }
    return;
  }
  refused_ = version;
  log_warning(fmt::format("version {} is refused: {}\n  hint: {}", version, why.what, why.hint));
  const std::string serving = slot_.get()->model_version();
  const Result<bool> returned = return_from(config_, version, serving);
  if (!returned) {
    log_warning(to_text(returned.error()));
  } else if (*returned) {
    log_warning(
        fmt::format("version {} stays in use; POST /v1/models/{}/use with {{\"check\": false}} takes the other "
                    "one all the same",
                    serving, version));
  }
}

Result<std::string> VersionManager::carry_out(const SwapRequest& request) {
  if (request.serve) {
    ServeConfig before = std::exchange(config_.serve, *request.serve);
    Result<std::string> swapped = swap_in(slot_.get()->model_version(), Check::kNo);
    if (!swapped) {
      config_.serve = std::move(before);
    }
    return swapped;
  }
  if (request.version.empty()) {
    HAINA_TRY(std::string version, version_before(config_));
    HAINA_OK(swap_in(version, request.check));
    HAINA_OK(return_to(config_, version));
    return version;
  }
  HAINA_TRY(std::string version, swap_in(request.version, request.check));
  HAINA_OK(use_version(config_, version));
  return version;
}

Result<ItemsOfUsers> VersionManager::taken_since(int64_t number) {
  ItemsOfUsers taken;
  HAINA_OK(reader_.replay(
      [&](const LiveEvent& event) {
        if (taken.size() < kMostChecked || taken.contains(event.user)) {
          taken[event.user].push_back(event.item);
        }
      },
      number));
  return taken;
}

void VersionManager::compare_with_best_model(const Engine& engine, const ItemsOfUsers& taken) {
  const nlohmann::json check = check_against_best_model(engine, taken);
  if (check.is_null()) {
    return;
  }
  if (check.at("worse").get<bool>()) {
    log_warning(fmt::format(
        "version {}: by NDCG@10 of {} users' newest events, its ranker ({:.4f}) is worse than its model {} alone "
        "({:.4f})\n  hint: train again; GET /v1/models shows the comparison as live_check",
        engine.model_version(), check.at("users").get<int64_t>(), check.at("ranker").get<double>(),
        check.at("best_model").get<std::string>(), check.at("best_model_value").get<double>()));
  }
  const std::scoped_lock lock(mutex_);
  live_checks_[engine.model_version()] = check;
}

Status VersionManager::check_recent(const Engine& candidate, const Engine& current, int64_t trained_number) {
  HAINA_TRY(const ItemsOfUsers taken, taken_since(trained_number));
  // Lists leave out what a user had. The version that was trained later knows of more, so items that are taken again
  // would count against it alone: only what is new to the user in both versions is asked for.
  ItemsOfUsers items_of_user;
  for (const auto& [user, items] : taken) {
    if (std::vector<std::string> both = candidate.new_to(user, current.new_to(user, items)); !both.empty()) {
      items_of_user.emplace(user, std::move(both));
    }
  }
  if (items_of_user.size() < kLeastChecked) {
    const auto list = candidate.recommend({.user = "", .history = {}, .query = "", .k = 10}, {.explain = Explain::kNo});
    return list && !list->items.empty()
               ? ok()
               : fail({ErrorCode::kBadData, "its list for a new user is empty", "", "train again"});
  }
  std::vector<double> by_candidate, by_current;  // NDCG@10, one a user
  for (const auto& [user, items] : items_of_user) {
    by_candidate.push_back(candidate.ndcg_of(user, items, 10));
    by_current.push_back(current.ndcg_of(user, items, 10));
  }
  const auto mean = [](const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  };
  const double of_candidate = mean(by_candidate), of_current = mean(by_current);
  compared_ = {{"users", items_of_user.size()}, {"metric", "ndcg@10"}, {"to", of_candidate}, {"from", of_current}};
  if (is_clearly_worse(by_candidate, by_current)) {
    return fail({ErrorCode::kBadData,
                 fmt::format("NDCG@10 of {} users' newest events is {:.4f}, and {:.4f} with the serving version",
                             items_of_user.size(), of_candidate, of_current),
                 "version", "train again, or skip this check with {\"check\": false}"});
  }
  return ok();
}

namespace {

// The version of before was freed in many pieces, which glibc may keep for later requests.
void return_free_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace

void VersionManager::note_swap(const std::string& from, const std::string& to, const Result<std::string>& swapped) {
  const auto why = [&](bool refusal) {
    return !swapped && is_refusal(swapped.error()) == refusal ? nlohmann::json(swapped.error().what) : nlohmann::json();
  };
  nlohmann::json swap = {{"time", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
                         {"from", from},
                         {"to", to},
                         {"compared", compared_},
                         {"refused", why(true)},
                         {"failed", why(false)},
                         {"times", 1}};
  const std::scoped_lock lock(mutex_);
  const auto is_same = [&](const char* key) { return swaps_.front()[key] == swap[key]; };
  if (!swaps_.empty() && is_same("from") && is_same("to") && is_same("refused") && is_same("failed")) {
    swap["times"] = swaps_.front()["times"].get<int64_t>() + 1;  // one that is tried again and again is listed once
    swaps_.pop_front();
  }
  swaps_.push_front(std::move(swap));
  if (swaps_.size() > kMostSwaps) {
    swaps_.pop_back();
  }
}

Result<std::string> VersionManager::swap_in(const std::string& version, Check check) {
  HAINA_OK(check_version(config_, version));
  const std::string before = slot_.get()->model_version();
  compared_ = nullptr;
  Result<std::string> swapped = load_and_swap(version, check);
  if (version != before) {
    note_swap(before, version, swapped);
  }
  return swapped;
}

Result<std::string> VersionManager::load_and_swap(const std::string& version, Check check) {
  if (check == Check::kYes) {
    // Both engines without live events: the lists are compared with what users did since the later training.
    HAINA_TRY(Loaded loaded, load_version(config_, version));
    HAINA_TRY(const ReplayStart start, replay_start(loaded.model.about, reader_));
    const std::shared_ptr<Engine> current = slot_.get();
    HAINA_TRY(Engine bare, Engine::make(config_, std::move(loaded.dataset), std::move(loaded.model), start.number));
    Result<Loaded> again = load_version(config_, current->model_version());
    if (again) {
      HAINA_TRY(Engine bare_current, Engine::make(config_, std::move(again->dataset), std::move(again->model)));
      HAINA_TRY(const ItemsOfUsers taken, taken_since(current->trained_until()));
      compare_with_best_model(bare_current, taken);
      HAINA_OK(check_recent(bare, bare_current, std::max(bare.trained_until(), current->trained_until())));
    } else {  // deleted, or damaged since it was loaded: no reason to keep others out
      log_warning(fmt::format("version {}, which serves, cannot be read again ({}): {} is not compared with it",
                              current->model_version(), again.error().what, version));
    }
  }
  HAINA_TRY(Replayed next, load_engine(config_, version, reader_));
  // On the queue's thread, where no event arrives between catching up and the swap.
  std::promise<Status> swapped;
  const bool in_line = queue_.run_between_commits([&](Store& store) {
    const auto catch_up = [&]() -> Status {
      // Of a shared store, the queue delivers what other servers write from here on.
      const int64_t until = queue_.is_shared() ? queue_.seen() : std::numeric_limits<int64_t>::max();
      HAINA_OK(store.replay([&](const LiveEvent& event) { next.engine->learn(event); }, next.number, until));
      // The manager's thread waits meanwhile; its session also gets the changes that the queue's own session made.
      HAINA_OK(follow_since(reader_, *next.engine, next.change, until));
      next.engine->place_adopted(Engine::Place::kAll);
      return ok();
    };
    const Status caught = catch_up();
    if (caught) {
      slot_.set(next.engine);
    }
    swapped.set_value(caught);
  });
  if (!in_line) {
    return fail({ErrorCode::kIo, "too many changes wait to be written", "", "try again when the store has caught up"});
  }
  HAINA_OK(swapped.get_future().get());
  return_free_memory();
  log(LogLevel::kInfo, fmt::format("now serving version {}", version));
  return version;
}

Result<nlohmann::json> VersionManager::versions() const {
  using Json = nlohmann::json;
  HAINA_TRY(const std::vector<Version> versions, list_versions(config_));
  Json models = Json::array();
  const std::map<std::string, Json> checks = [this] {
    const std::scoped_lock lock(mutex_);
    return live_checks_;
  }();
  const Json swaps = [this] {
    const std::scoped_lock lock(mutex_);
    return Json(swaps_);
  }();
  const std::string serving = slot_.get()->model_version();
  for (const Version& version : versions) {
    const Json ranker = version.about.value("ranker", Json::object());
    const std::optional<std::string> trained = trained_at(version.name);
    const auto check = checks.find(version.name);
    models.push_back(
        {{"version", version.name},
         {"trained", trained ? Json(*trained) : Json()},
         {"events", version.about.contains("store") ? version.about["store"].value("events", Json()) : Json(0)},
         {"current", version.name == serving},
         {"dataset", version.about.value("dataset", Json())},
         {"forgotten_since", trained_with(version.about).times().size()},
         // NDCG@10 of the chosen ranker on validation users that it was not fitted on.
         {"validation", ranker.value("cross_fit", Json::object()).value(ranker.value("fit", ""), Json())},
         {"live_check", check == checks.end() ? Json() : check->second}});
  }
  return Json{{"current", serving}, {"models", models}, {"swaps", swaps}};
}

}  // namespace haina
