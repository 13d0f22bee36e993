#include "store/commit_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log.h"

namespace haina {
namespace {

constexpr size_t kMostInTransaction = 20'000;  // events: 0.2 s, the longest that a sender waits for others
constexpr std::chrono::milliseconds kNotesInterval{250};
constexpr std::chrono::milliseconds kFollowInterval{100};  // between reads of what other servers wrote
constexpr std::chrono::seconds kAfterFailure{5};           // where there is other work meanwhile

// Whether it is the database that fails, not what was handed in.
bool is_outage(Store& store, const Error& error) {
  return error.code == ErrorCode::kIo && !store.append({}).has_value();
}

}  // namespace

CommitQueue::CommitQueue(Store store, OnEvent on_event, OnChange on_change, int64_t seen, int64_t changes,
                         OnCommit on_commit, AfterEvents after_events)
    : store_(std::move(store)),
      on_event_(std::move(on_event)),
      on_change_(std::move(on_change)),
      on_commit_(on_commit ? std::move(on_commit) : [](double) {}),
      after_events_(after_events ? std::move(after_events) : [] {}),
      shared_(store_.is_shared()),
      seen_(seen),
      changes_(changes >= 0 ? changes : store_.last_change().value_or(0)),
      thread_([this] { run(); }) {}

CommitQueue::~CommitQueue() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  waiting_.notify_one();
  thread_.join();
}

bool CommitQueue::enqueue(std::vector<LiveEvent> events, Done done) {
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

bool CommitQueue::run_between_commits(std::function<void(Store&)> task) {
  {
    const std::scoped_lock lock(mutex_);
    if (tasks_ >= kMostTasks) {
      return false;
    }
    ++tasks_;
    queue_.push_back({{}, {}, std::move(task)});
  }
  waiting_.notify_one();
  return true;
}

void CommitQueue::pass_on(std::span<const LiveEvent> events) {
  if (shared_) {
    catch_up();
  } else {
    std::ranges::for_each(events, on_event_);
  }
}

void CommitQueue::settle() {
  if (std::exchange(unsettled_, false)) {
    after_events_();
  }
}

CommitQueue::Waiting CommitQueue::waiting() const {
  const std::scoped_lock lock(mutex_);
  return {.events = events_, .tasks = tasks_, .impressions = notes_.size()};
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

// Writes the waiting impressions in one transaction; releases the lock meanwhile.
void CommitQueue::write_notes(std::unique_lock<std::mutex>& lock) {
  std::vector<Impression> notes;
  notes.swap(notes_);
  lock.unlock();
  if (const Status written = store_.add_impressions(notes); !written) {
    log_warning(fmt::format("{} impressions could not be stored: {}", notes.size(), written.error().what));
  }
  lock.lock();
}

// With a shared store: passes on every event written since, in the store's order, whichever server wrote it.
bool CommitQueue::catch_up() {
  constexpr int64_t kPage = 10'000;
  while (true) {
    const Result<Store::Page> page = store_.page(seen_, kPage, "");
    if (!page) {
      log_warning("cannot read the events of other servers: " + page.error().what);
      return false;
    }
    std::ranges::for_each(page->events, on_event_);
    seen_ = page->last;
    if (std::ssize(page->events) < kPage) {
      return true;
    }
  }
}

// After the events that came before: a change may be of their users.
void CommitQueue::look_for_changes() {
  if (!on_change_) {
    return;
  }
  looked_ = std::chrono::steady_clock::now();
  int64_t last = changes_;
  const Result<std::optional<std::vector<Change>>> changes = store_.changes_of_others(changes_, last);
  if (!changes) {
    log_warning("cannot read the changes of other servers: " + changes.error().what);
    looked_ = std::chrono::steady_clock::now() + kAfterFailure;
    return;
  }
  const bool any = !*changes || !(*changes)->empty();
  if (const Status applied = any ? on_change_(store_, *changes) : ok(); !applied) {
    log_warning("changes of another server cannot be applied: " + applied.error().what);
    changes_ = applied.error().code == ErrorCode::kIo ? changes_ : last;
    return;
  }
  changes_ = last;
}

// The next task alone, or the events that go into one transaction.
std::vector<CommitQueue::Entry> CommitQueue::next_batch() {
  std::vector<Entry> batch;
  size_t count = 0;
  while (!queue_.empty() && (batch.empty() || (!batch.back().task && !queue_.front().task &&
                                               count + queue_.front().events.size() <= kMostInTransaction))) {
    count += queue_.front().events.size();
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  events_ -= count;
  tasks_ -= !batch.empty() && batch.front().task ? 1U : 0U;
  return batch;
}

void CommitQueue::run() {
  while (true) {
    std::vector<Entry> batch;
    {
      std::unique_lock lock(mutex_);
      waiting_.wait_for(lock, shared_ ? kFollowInterval : kNotesInterval,
                        [this] { return ending_ || !queue_.empty(); });
      // Impressions are written before a task, so that none of a user remains who is forgotten by it.
      const bool task = !queue_.empty() && queue_.front().task;
      if (!notes_.empty() && (ending_ || task || std::chrono::steady_clock::now() - notes_since_ >= kNotesInterval)) {
        write_notes(lock);
      }
      if (queue_.empty()) {
        if (ending_) {
          return;
        }
        lock.unlock();
        if (!shared_ || catch_up()) {
          look_for_changes();
        }
        unsettled_ = true;
        settle();
        continue;
      }
      batch = next_batch();
    }
    const auto begin = std::chrono::steady_clock::now();
    if (batch.front().task) {
      if (shared_ && catch_up()) {  // the task may go on from what other servers made of it
        look_for_changes();
      }
      unsettled_ = true;
      batch.front().task(store_);
      settle();
    } else {
      commit(std::move(batch));
    }
    on_commit_(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    if (std::chrono::steady_clock::now() - looked_ >= kFollowInterval) {  // also where the queue is never empty
      look_for_changes();
    }
  }
}

void CommitQueue::commit(std::vector<Entry> entries) {
  std::vector<LiveEvent> all;
  for (Entry& entry : entries) {
    std::ranges::move(entry.events, std::back_inserter(all));
  }
  const Result<std::vector<Appended>> appended = store_.append(all);
  if (!appended && entries.size() > 1 && !is_outage(store_, appended.error())) {
    // One hand-in that the store cannot take must not fail its neighbours: halves are tried until it is alone.
    auto next = all.begin();
    for (Entry& entry : entries) {
      next = std::ranges::move(next, next + std::ssize(entry.events), entry.events.begin()).in;
    }
    const auto middle = entries.begin() + std::ssize(entries) / 2;
    std::vector<Entry> rest;
    std::move(middle, entries.end(), std::back_inserter(rest));
    entries.erase(middle, entries.end());
    commit(std::move(entries));
    commit(std::move(rest));
    return;
  }
  if (!appended) {
    for (const Entry& entry : entries) {
      entry.done(appended);
    }
    return;
  }
  if (shared_) {
    catch_up();
  }
  for (size_t i = 0; i < all.size() && !shared_; ++i) {
    if ((*appended)[i] == Appended::kNew) {
      on_event_(all[i]);
    }
  }
  unsettled_ = true;
  settle();
  auto next = appended->begin();
  for (const Entry& entry : entries) {
    const auto end = next + std::ssize(entry.events);
    entry.done(std::vector<Appended>(next, end));
    next = end;
  }
}

}  // namespace haina
