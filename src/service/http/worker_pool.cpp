#include "service/http/worker_pool.h"

#include <ATen/Parallel.h>
#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace haina {
namespace {

constexpr int kNice = 10;  // where all cores are busy, short requests go before

}  // namespace

WorkerPool::WorkerPool(int threads) {
  for (int i = 0; i < std::max(1, threads); ++i) {
    threads_.emplace_back([this] { work(); });
  }
}

WorkerPool::~WorkerPool() {
  std::map<std::string, std::deque<std::function<void()>>> dropped;  // destroyed without the lock
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
    dropped.swap(tasks_);
  }
  changed_.notify_all();
  threads_.clear();
}

bool WorkerPool::run(const std::string& peer, std::function<void()> task) {
  {
    const std::scoped_lock lock(mutex_);
    const auto own = tasks_.find(peer);
    if (ending_ || waiting_ >= kMostWaiting || (own != tasks_.end() && own->second.size() >= kMostOfPeer)) {
      return false;
    }
    if (own == tasks_.end()) {
      turns_.push_back(peer);
    }
    tasks_[peer].push_back(std::move(task));
    ++waiting_;
  }
  changed_.notify_one();
  return true;
}

size_t WorkerPool::waiting() const {
  const std::scoped_lock lock(mutex_);
  return waiting_;
}

void WorkerPool::work() {
  at::set_num_threads(1);                 // a request computes on one thread
  ::setpriority(PRIO_PROCESS, 0, kNice);  // on Linux of this thread alone
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ending_ || waiting_ > 0; });
      if (ending_) {
        return;
      }
      const auto own = tasks_.find(turns_.front());
      task = std::move(own->second.front());
      own->second.pop_front();
      --waiting_;
      if (own->second.empty()) {
        tasks_.erase(own);
      } else {
        turns_.push_back(std::move(turns_.front()));
      }
      turns_.pop_front();
    }
    task();
  }
}

}  // namespace haina
