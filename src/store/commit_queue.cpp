#include "store/commit_queue.h"

#include <iterator>

namespace haina {
namespace {

constexpr size_t kMostTogether = 20'000;  // events a transaction: 0.2 s, so that nobody waits longer for others

}  // namespace

CommitQueue::CommitQueue(Store store, OnEvent on_event)
    : store_(std::move(store)), on_event_(std::move(on_event)), thread_([this] { run(); }) {}

CommitQueue::~CommitQueue() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  waiting_.notify_one();
  thread_.join();
}

bool CommitQueue::hand_in(std::vector<LiveEvent> events, Done done) {
  {
    const std::scoped_lock lock(mutex_);
    if (events_ > 0 && events_ + events.size() > kMostWaiting) {
      return false;
    }
    events_ += events.size();
    queue_.push_back({std::move(events), std::move(done), {}});
  }
  waiting_.notify_one();
  return true;
}

void CommitQueue::between(std::function<void(Store&)> task) {
  {
    const std::scoped_lock lock(mutex_);
    queue_.push_back({{}, {}, std::move(task)});
  }
  waiting_.notify_one();
}

void CommitQueue::run() {
  while (true) {
    std::vector<HandIn> together;
    {
      std::unique_lock lock(mutex_);
      waiting_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      if (queue_.empty()) {
        return;
      }
      size_t count = 0;
      while (!queue_.empty() && (together.empty() || (!together.back().task && !queue_.front().task &&
                                                      count + queue_.front().events.size() <= kMostTogether))) {
        count += queue_.front().events.size();
        together.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
      events_ -= count;
    }
    if (together.front().task) {
      together.front().task(store_);
    } else {
      commit(std::move(together));
    }
  }
}

void CommitQueue::commit(std::vector<HandIn> together) {
  std::vector<LiveEvent> all;
  for (HandIn& part : together) {
    std::ranges::copy(part.events, std::back_inserter(all));
  }
  const Result<std::vector<bool>> fresh = store_.append(all);
  if (!fresh) {
    for (const HandIn& part : together) {
      part.done(fresh);
    }
    return;
  }
  for (size_t i = 0; i < all.size(); ++i) {
    if ((*fresh)[i]) {
      on_event_(all[i]);
    }
  }
  auto next = fresh->begin();
  for (const HandIn& part : together) {
    const auto end = next + std::ssize(part.events);
    part.done(std::vector<bool>(next, end));
    next = end;
  }
}

}  // namespace haina
