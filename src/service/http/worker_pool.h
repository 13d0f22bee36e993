// Threads for work that would hold up others on the threads that read and answer requests: what takes long, and what
// waits for the store.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
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
  // Any thread. Returns false, and drops the task, if kMostWaiting are waiting. Tasks must not throw.
  bool run(std::function<void()> task);
  size_t waiting() const;

  static constexpr size_t kMostWaiting = 256;

 private:
  void work();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;  // guarded by mutex_
  bool ending_ = false;                      // guarded by mutex_
  std::vector<std::jthread> threads_;        // last, since they use all of the above
};

}  // namespace haina
