// Deletes from the store what [keep] says is too old, in small steps between commits.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "config/keep.h"
#include "store/commit_queue.h"

namespace haina {

class Retention {
 public:
  struct Pace {
    std::chrono::milliseconds first{30'000};     // from the start to the first pass
    std::chrono::milliseconds every{3'600'000};  // between passes
    std::chrono::milliseconds pause{50};         // between steps, in which senders are served
    int64_t step = 2'000;                        // rows
  };
  // Gets "events" or "lists" and how many rows were deleted, after each step that deleted some. On this object's
  // thread.
  using OnDropped = std::function<void(const char* kind, int64_t rows)>;

  // The queue must outlive this object.
  Retention(KeepConfig keep, CommitQueue& queue, OnDropped on_dropped, Pace pace);
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;
  ~Retention();

 private:
  void run();
  void pass();
  // Deletes what is older than before_us in steps; `next` deletes one step's rows, and says whether it was the last.
  struct Step {
    int64_t rows = 0;
    bool is_last = false;
  };
  void in_steps(const char* kind, const std::function<Result<Step>(Store&)>& next);
  bool wait_for(std::chrono::milliseconds time);  // false: the object ends

  KeepConfig keep_;
  CommitQueue& queue_;
  OnDropped on_dropped_;
  Pace pace_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;  // guarded by mutex_
  std::thread thread_;   // last, since it uses all of the above
};

}  // namespace haina
