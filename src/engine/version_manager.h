// Which trained version serves: loaded beside the one in use, checked, swapped whole.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include "model/versions.h"
#include "engine/engine_slot.h"
#include "store/commit_queue.h"

namespace haina {

// The engine of a version with everything that the store has beside it, up to an event's number.
struct Replayed {
  std::shared_ptr<Engine> engine;
  int64_t number = 0;  // of the last event learned
  int64_t events = 0;  // learned
  std::set<std::string> forgotten = {};
};
// Items, users, rules, and what is hidden or forgotten, as the store has them now.
Status apply_entities(Store& store, Engine& engine, const std::set<std::string>& forgotten_before);
Result<Replayed> load_engine(const Config& config, const std::string& version, Store& store);

class ModelKeeper {
 public:
  // `slot` holds an engine by then. `reader` is a session of the queue's store. The project's models folder is looked
  // at every two seconds: a version that someone else put in use is taken in.
  ModelKeeper(Config config, EngineSlot& slot, CommitQueue& queue, Store reader);
  ModelKeeper(const ModelKeeper&) = delete;
  ModelKeeper& operator=(const ModelKeeper&) = delete;
  ~ModelKeeper();

  using Done = std::function<void(const Result<std::string>& version)>;
  enum class Check { kYes, kNo };
  // Called on the keeper's thread when it serves, or with what keeps it from serving; what served goes on until then.
  void use(const std::string& version, Check check, Done done);
  void roll_back(Done done);
  Result<nlohmann::json> versions()
      const;  // {"current", "models": [{"version", "trained", "events", "current", "validation"}]}

 private:
  struct Wish {
    std::string version;  // empty: the one before
    Check check = Check::kYes;
    Done done;
  };
  void run();
  Result<std::string> fulfil(const Wish& wish);
  Result<std::string> swap_in(const std::string& version, Check check);
  // Whether lists of now would have had what users took of late, no worse than the engine in use.
  Status check_recent(const Engine& candidate, const Engine& current, int64_t trained_number);

  Config config_;
  EngineSlot& slot_;
  CommitQueue& queue_;
  Store reader_;         // of the keeper's thread
  std::string refused_;  // a version in current.json that did not come in; not tried again
  std::mutex mutex_;
  std::condition_variable waiting_;
  std::deque<Wish> wishes_;  // guarded by mutex_
  bool ending_ = false;      // guarded by mutex_
  std::thread thread_;       // last: it uses all of the above
};

}  // namespace haina
