// Group commit: what many senders hand in while one transaction is written goes into the next one together.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "store/store.h"

namespace haina {

class CommitQueue {
 public:
  // For each event of one hand-in whether it was new; or why none of them is kept.
  using Done = std::function<void(const Result<std::vector<bool>>&)>;
  // Called on the queue's thread for every new event, in the order of the store, before any Done of its transaction.
  using OnEvent = std::function<void(const LiveEvent&)>;

  // What other servers changed beside events, on the queue's thread; of a shared store alone.
  using OnChange = std::function<void(Store&)>;

  // seen: the number of the last event that is known already. Of a shared store, events that other servers wrote come
  // to on_event within a tenth of a second as well.
  explicit CommitQueue(Store store, OnEvent on_event, OnChange on_change = {}, int64_t seen = 0);
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;
  // Writes what was handed in, then ends.
  ~CommitQueue();

  // Any thread. `done` is called on the queue's thread once the events are durable. False, and nothing happens, where
  // more than kMostWaiting events wait already: the sender must come again later.
  bool hand_in(std::vector<LiveEvent> events, Done done);

  // `task` is called on the queue's thread after all that was handed in before, and before all that is handed in later.
  void between(std::function<void(Store&)> task);

  // Of a shared store: the number of the last event that came to on_event. On the queue's thread.
  int64_t seen() const { return seen_; }
  bool is_shared() const { return shared_; }

  // Written within half a second, without an answer; dropped where kMostWaiting wait already. Any thread.
  void note(Impression impression);

  static constexpr size_t kMostWaiting = 200'000;

 private:
  struct HandIn {
    std::vector<LiveEvent> events;
    Done done;
    std::function<void(Store&)> task = {};  // instead of both
  };
  void run();
  void commit(std::vector<HandIn> together);
  void catch_up();
  void look_for_changes();
  void write_notes(std::unique_lock<std::mutex>& lock);

  Store store_;
  OnEvent on_event_;
  OnChange on_change_;
  const bool shared_;
  int64_t seen_;         // of the queue's thread
  int64_t changes_ = 0;  // of the queue's thread
  std::mutex mutex_;
  std::condition_variable waiting_;
  std::deque<HandIn> queue_;                           // guarded by mutex_
  size_t events_ = 0;                                  // in queue_
  std::vector<Impression> notes_;                      // guarded by mutex_
  std::chrono::steady_clock::time_point notes_since_;  // of the oldest in notes_
  bool ending_ = false;                                // guarded by mutex_
  std::thread thread_;                                 // last: it uses all of the above
};

}  // namespace haina
