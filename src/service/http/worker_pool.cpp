#include "service/http/worker_pool.h"

#include <ATen/Parallel.h>
#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace haina {
namespace {

constexpr int kNice = 5;  // where all cores are busy, short requests go before

}  // namespace

WorkerPool::WorkerPool(int threads) {
  for (int i = 0; i < std::max(1, threads); ++i) {
    threads_.emplace_back([this] { work(); });
  }
}

WorkerPool::~WorkerPool() {
  std::deque<std::function<void()>> dropped;  // destroyed without the lock
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
    dropped.swap(tasks_);
  }
  changed_.notify_all();
  threads_.clear();
}

bool WorkerPool::run(std::function<void()> task) {
  {
    const std::scoped_lock lock(mutex_);
    if (ending_ || tasks_.size() >= kMostWaiting) {
      return false;
    }
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
  return true;
}

size_t WorkerPool::waiting() const {
  const std::scoped_lock lock(mutex_);
  return tasks_.size();
}

void WorkerPool::work() {
  at::set_num_threads(1);                 // a request computes on one thread
  ::setpriority(PRIO_PROCESS, 0, kNice);  // on Linux of this thread alone
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
      if (ending_) {
        return;
      }
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace haina
