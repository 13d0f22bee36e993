#include "store/silence_limit.h"

#include <sys/socket.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace haina {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLook{100};

// Ends with the process.
class Watch {
 public:
  ~Watch() {
    {
      const std::scoped_lock lock(mutex_);
      ending_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) {
      thread_.join();
    }
  }
  int64_t add(int socket, Clock::time_point end) {
    const std::scoped_lock lock(mutex_);
    if (!thread_.joinable()) {
      thread_ = std::thread([this] { run(); });
    }
    waits_[++last_] = {socket, end};
    if (idle_) {  // else it looks within kLook anyway: waking it for each call would cost more than most calls
      changed_.notify_one();
    }
    return last_;
  }
  void remove(int64_t number) {
    const std::scoped_lock lock(mutex_);  // from here on the socket may be closed, and its number given to another file
    waits_.erase(number);
  }

 private:
  struct Wait {
    int socket;
    Clock::time_point end;
  };
  void run() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
      if (waits_.empty()) {
        idle_ = true;
        changed_.wait(lock, [this] { return ending_ || !waits_.empty(); });
        idle_ = false;
      } else {
        changed_.wait_for(lock, kLook, [this] { return ending_; });
      }
      const Clock::time_point now = Clock::now();
      for (auto& [number, wait] : waits_) {
        if (now >= wait.end) {
          ::shutdown(wait.socket, SHUT_RDWR);
          wait.end = Clock::time_point::max();
        }
      }
    }
  }

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::map<int64_t, Wait> waits_;
  int64_t last_ = 0;
  bool ending_ = false, idle_ = false;
  std::thread thread_;
};

Watch& watch() {
  static Watch the_watch;
  return the_watch;
}

}  // namespace

SilenceLimit::SilenceLimit(int socket, std::chrono::seconds limit)
    : number_(socket < 0 ? 0 : watch().add(socket, Clock::now() + limit)) {}

SilenceLimit::~SilenceLimit() {
  if (number_ != 0) {
    watch().remove(number_);
  }
}

}  // namespace haina
