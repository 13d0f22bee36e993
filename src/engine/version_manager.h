// Which trained version serves: a new one is loaded beside the one in use, checked, and swapped in whole.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "base/error.h"
#include "config/config.h"
#include "engine/engine_slot.h"
#include "engine/live_check.h"
#include "model/versions.h"
#include "store/commit_queue.h"
#include "store/store.h"

namespace haina {

// The engine of a version, with everything that the store holds beside it up to an event's number.
struct Replayed {
  std::shared_ptr<Engine> engine;
  int64_t number = 0;  // of the last event learned
  int64_t change = 0;  // of the last change applied
  int64_t events = 0;  // how many were learned
};
Result<Replayed> load_engine(const Config& config, const std::string& version, Store& store);

class VersionManager {
 public:
  // `slot` must hold an engine already. reader: a session of the queue's store, for this object's thread. A version
  // that someone else puts in use in the project's models folder is swapped in within two seconds.
  VersionManager(Config config, EngineSlot& slot, CommitQueue& queue, Store reader);
  VersionManager(const VersionManager&) = delete;
  VersionManager& operator=(const VersionManager&) = delete;
  ~VersionManager();

  using Done = std::function<void(const Result<std::string>& version)>;
  // Whether a version must predict users' newest events about as well as the serving one.
  enum class Check { kYes, kNo };
  // Swaps a version in. `done` is called on this object's thread once it serves, or with the error that prevents it;
  // requests are served by the old version until then.
  void use(const std::string& version, Check check, Done done);
  void roll_back(Done done);
  // Makes the version in use anew with these settings, and swaps that in; on failure the old settings stay in force.
  // `done` as for use().
  void reconfigure(const ServeConfig& serve, Done done);
  // {"current", "models": [{"version", "trained", "events", "current", "dataset", "validation", "forgotten_since",
  // "live_check"}], "swaps": [{"time", "from", "to", "compared", "refused", "failed", "times"}]}
  // dataset: the hash of what it was trained on; values of validation compare where it is the same. live_check: what
  // check_against_best_model said of a version when another one followed it; null before. swaps: of this process, the
  // newest first, those that were refused with the reason. failed: why a version could not be taken although nothing
  // speaks against it, such as a store that did not answer; where models/current.json names it, it is tried again.
  // times: how often in a row the same was tried and ended so, the last time at "time".
  // compared: {"users", "metric", "to", "from"}, the means of NDCG@10 of both versions over the same users' newest
  // events; null where they were not compared, since it was not asked for or too few users had new events.
  Result<nlohmann::json> versions() const;

 private:
  struct SwapRequest {
    std::string version;  // empty: the previous one
    Check check = Check::kYes;
    Done done;
    std::optional<ServeConfig> serve = {};  // if set, the version in use is swapped in with these settings
  };
  void run();
  Result<std::string> carry_out(const SwapRequest& request);
  void refuse(const std::string& version, const Error& why);
  Result<std::string> swap_in(const std::string& version, Check check);
  Result<std::string> load_and_swap(const std::string& version, Check check);
  // Takes forgotten users out of the database's files and out of the project's, as far as they are still there.
  void purge();
  // What up to 200 users took after the event of this number.
  Result<ItemsOfUsers> taken_since(int64_t number);
  // Warns where the engine's ranker is worse than its best model alone, and keeps the figures for versions().
  void compare_with_best_model(const Engine& engine, const ItemsOfUsers& taken);
  void note_swap(const std::string& from, const std::string& to, const Result<std::string>& swapped);
  // kBadData where the candidate's lists predict what users took since `trained_number` worse than the current ones.
  // Keeps the figures of both in compared_.
  Status check_recent(const Engine& candidate, const Engine& current, int64_t trained_number);

  Config config_;
  EngineSlot& slot_;
  CommitQueue& queue_;
  Store reader_;             // used by thread_ alone
  nlohmann::json compared_;  // of the swap that goes on, for note_swap(); used by thread_ alone
  std::string refused_;      // a version in current.json that failed its check; not tried again
  std::string not_swapped_;  // a version that could not be taken yet, and why: said once
  std::string purged_;       // what purge() has looked at last, and found nothing left to do
  std::string not_yet_;      // what it could not do then: said once
  std::chrono::steady_clock::time_point purge_after_{};  // after a failure, later each time
  std::chrono::seconds purge_wait_{0};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<SwapRequest> requests_;                   // guarded by mutex_
  bool stopping_ = false;                              // guarded by mutex_
  std::map<std::string, nlohmann::json> live_checks_;  // by version; guarded by mutex_
  std::deque<nlohmann::json> swaps_;                   // newest first; guarded by mutex_
  std::thread thread_;                                 // last, since it uses all of the above
};

}  // namespace haina
