// Threads for work that would hold up others on the threads that read and answer requests: what takes long, and what
// waits for the store.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace haina {

class WorkerPool {
 public:
  explicit WorkerPool(int threads);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  // Ends the tasks that run; those that wait are dropped.
  ~WorkerPool();
  // Any thread. peer: who asks; those who wait take turns, so that many tasks of one delay others by one task each.
  // Returns false, and drops the task, if kMostWaiting are waiting, or kMostOfPeer of the peer. Tasks must not throw.
  bool run(const std::string& peer, std::function<void()> task);
  size_t waiting() const;

  static constexpr size_t kMostWaiting = 256, kMostOfPeer = 192;

 private:
  void work();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::deque<std::function<void()>>> tasks_;  // by peer, none empty; guarded by mutex_
  std::deque<std::string> turns_;                                   // the peers in tasks_; guarded by mutex_
  size_t waiting_ = 0;                                              // guarded by mutex_
  bool ending_ = false;                                             // guarded by mutex_
  std::vector<std::jthread> threads_;                               // last, since they use all of the above
};

}  // namespace haina
