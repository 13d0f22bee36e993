// Group commit: what many senders hand in while one transaction is written goes into the next one together.
#pragma once

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

  CommitQueue(Store store, OnEvent on_event);
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;
  // Writes what was handed in, then ends.
  ~CommitQueue();

  // Any thread. `done` is called on the queue's thread once the events are durable. False, and nothing happens, where
  // more than kMostWaiting events wait already: the sender must come again later.
  bool hand_in(std::vector<LiveEvent> events, Done done);

  // `task` is called on the queue's thread after all that was handed in before, and before all that is handed in later.
  void between(std::function<void(Store&)> task);

  static constexpr size_t kMostWaiting = 200'000;

 private:
  struct HandIn {
    std::vector<LiveEvent> events;
    Done done;
    std::function<void(Store&)> task = {};  // instead of both
  };
  void run();
  void commit(std::vector<HandIn> together);

  Store store_;
  OnEvent on_event_;
  std::mutex mutex_;
  std::condition_variable waiting_;
  std::deque<HandIn> queue_;  // guarded by mutex_
  size_t events_ = 0;         // in queue_
  bool ending_ = false;       // guarded by mutex_
  std::thread thread_;        // last: it uses all of the above
};

}  // namespace haina
