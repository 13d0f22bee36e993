// Group commit: the events that many senders enqueue while one transaction is written go into the next one together.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "store/store.h"

namespace haina {

class CommitQueue {
 public:
  // Gets what became of each event of one enqueue(), or why none of them was stored.
  using Done = std::function<void(const Result<std::vector<Appended>>&)>;
  // Called on the queue's thread for every new event, in the store's order, before any Done of its transaction.
  using OnEvent = std::function<void(const LiveEvent&)>;

  // Called on the queue's thread after another server, or a command on this one's store, changed something: with the
  // changes; with nothing where everything may have changed. Not for events that were added. After kIo it is called
  // again with the same.
  using OnChange = std::function<Status(Store&, const std::optional<std::vector<Change>>&)>;

  // Called on the queue's thread after a transaction of events, or a task, with the time that it took.
  using OnCommit = std::function<void(double seconds)>;

  // Called on the queue's thread once for each transaction: after its events went to on_event and before any Done, or
  // after a task, or where the task calls settle(); also a few times a second where nothing comes in.
  using AfterEvents = std::function<void()>;

  // seen, changes: the numbers of the last event and of the last change that the caller knows already; changes -1: the
  // store's last. With a shared store, on_event also gets the events of other servers, within 0.1 seconds.
  explicit CommitQueue(Store store, OnEvent on_event, OnChange on_change = {}, int64_t seen = 0, int64_t changes = -1,
                       OnCommit on_commit = {}, AfterEvents after_events = {});
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;
  // Writes what was enqueued, then ends.
  ~CommitQueue();

  // Any thread. `done` is called on the queue's thread once the events are durable. Returns false, and drops the
  // events, if more than kMostWaiting events are waiting already: the sender must retry later.
  [[nodiscard]] bool enqueue(std::vector<LiveEvent> events, Done done);

  // Runs `task` on the queue's thread after everything enqueued before it and before everything enqueued later. Returns
  // false, and drops the task, if kMostTasks are waiting already.
  [[nodiscard]] bool run_between_commits(std::function<void(Store&)> task);

  // For a task that has stored these events itself: on_event gets them as after a commit. Call it on the queue's thread
  // only.
  void pass_on(std::span<const LiveEvent> events);

  // For a task that is about to answer somebody: calls AfterEvents now, and not again after the task. Call it on the
  // queue's thread only.
  void settle();

  struct Waiting {
    size_t events = 0, tasks = 0, impressions = 0;
  };
  Waiting waiting() const;  // any thread

  // With a shared store: the number of the last event that on_event got. Call it on the queue's thread only.
  int64_t seen() const { return seen_; }
  bool is_shared() const { return shared_; }

  // Stores the impression within half a second and reports nothing; drops it if kMostWaiting are waiting already. Any
  // thread.
  void note(Impression impression);

  static constexpr size_t kMostWaiting = 200'000;
  static constexpr size_t kMostTasks = 2'000;

 private:
  struct Entry {
    std::vector<LiveEvent> events;
    Done done;
    std::function<void(Store&)> task = {};  // if set, there are no events
  };
  void run();
  void commit(std::vector<Entry> entries);
  bool catch_up();  // false: the store does not answer
  void look_for_changes();
  void write_notes(std::unique_lock<std::mutex>& lock);
  std::vector<Entry> next_batch();  // under the lock

  Store store_;
  OnEvent on_event_;
  OnChange on_change_;
  OnCommit on_commit_;
  AfterEvents after_events_;
  bool unsettled_ = false;  // AfterEvents is to be called; used by the queue's thread only
  const bool shared_;
  int64_t seen_;                                       // used by the queue's thread only
  int64_t changes_;                                    // used by the queue's thread only
  std::chrono::steady_clock::time_point looked_ = {};  // for changes; used by the queue's thread only
  mutable std::mutex mutex_;
  std::condition_variable waiting_;
  std::deque<Entry> queue_;                            // guarded by mutex_
  size_t events_ = 0, tasks_ = 0;                      // waiting in queue_; guarded by mutex_
  std::vector<Impression> notes_;                      // guarded by mutex_
  std::chrono::steady_clock::time_point notes_since_;  // when the oldest one came; guarded by mutex_
  bool ending_ = false;                                // guarded by mutex_
  std::thread thread_;                                 // last, since it uses all of the above
};

}  // namespace haina
