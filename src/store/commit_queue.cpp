#include "store/commit_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/log.h"

namespace haina {
namespace {

constexpr size_t kMostTogether = 20'000;  // events a transaction: 0.2 s, so that nobody waits longer for others

constexpr std::chrono::milliseconds kNotesWait{250};
constexpr std::chrono::milliseconds kOthersWait{100};

}  // namespace

CommitQueue::CommitQueue(Store store, OnEvent on_event, OnChange on_change, int64_t seen)
    : store_(std::move(store)),
      on_event_(std::move(on_event)),
      on_change_(std::move(on_change)),
      shared_(store_.is_shared()),
      seen_(seen),
      changes_(store_.changes().value_or(0)),
      thread_([this] { run(); }) {}

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

void CommitQueue::note(Impression impression) {
  const std::scoped_lock lock(mutex_);
  if (notes_.empty()) {
    notes_since_ = std::chrono::steady_clock::now();
  }
  if (notes_.size() < kMostWaiting) {
    notes_.push_back(std::move(impression));
  }
}

// In one transaction, outside the lock.
void CommitQueue::write_notes(std::unique_lock<std::mutex>& lock) {
  std::vector<Impression> notes;
  notes.swap(notes_);
  lock.unlock();
  if (const Status written = store_.add_impressions(notes); !written) {
    log_warning(fmt::format("{} lists given are not recorded: {}", notes.size(), written.error().what));
  }
  lock.lock();
}

// Of a shared store: all that was written since, in the store's order, whoever wrote it.
void CommitQueue::catch_up() {
  constexpr int64_t kPart = 10'000;
  while (true) {
    const Result<Store::Page> page = store_.page(seen_, kPart, "");
    if (!page) {
      log_warning("events of other servers cannot be read: " + page.error().what);
      return;
    }
    std::ranges::for_each(page->events, on_event_);
    seen_ = page->last;
    if (std::ssize(page->events) < kPart) {
      return;
    }
  }
}

void CommitQueue::look_for_changes() {
  const Result<int64_t> now = store_.changes();
  if (now && *now != changes_ && on_change_) {
    changes_ = *now;
    on_change_(store_);
  }
}

void CommitQueue::run() {
  while (true) {
    std::vector<HandIn> together;
    {
      std::unique_lock lock(mutex_);
      waiting_.wait_for(lock, shared_ ? kOthersWait : kNotesWait, [this] { return ending_ || !queue_.empty(); });
      // Before a task, so that who is forgotten leaves no list behind.
      const bool task = !queue_.empty() && queue_.front().task;
      if (!notes_.empty() && (ending_ || task || std::chrono::steady_clock::now() - notes_since_ >= kNotesWait)) {
        write_notes(lock);
      }
      if (queue_.empty()) {
        if (ending_) {
          return;
        }
        lock.unlock();
        if (shared_) {
          catch_up();
          look_for_changes();
        }
        continue;
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
      if (shared_) {
        catch_up();
      }
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
  if (shared_) {
    catch_up();
  }
  for (size_t i = 0; i < all.size() && !shared_; ++i) {
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
