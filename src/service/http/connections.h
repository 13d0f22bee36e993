// Who is connected to the server, and who makes room when there are too many: the connection that has been silent
// longest, counted from its beginning or its last request. A client that keeps asking is never the one.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace haina {

class Connections {
 public:
  // A connection while it exists; ends its registration when destroyed. The Connections must outlive it.
  class Place {
   public:
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();
    // No room could be made: the connection gets an answer that says so.
    bool is_beyond_limit() const { return beyond_limit_; }
    void begin_request();  // from now on until end_request it is not closed to make room
    void end_request();

   private:
    friend class Connections;
    Place(Connections& all, std::string peer, std::function<void()> close)
        : all_(all), peer_(std::move(peer)), close_(std::move(close)) {}
    Connections& all_;
    const std::string peer_;
    const std::function<void()> close_;                           // called on any thread, at most once
    bool busy_ = false, closing_ = false, beyond_limit_ = false;  // guarded by all_.mutex_
    std::list<Place*>::iterator at_;                              // in all_.order_; guarded by all_.mutex_
  };

  // on_full: called with "peer_connections" or "connections" whenever there is one too many.
  Connections(int64_t most, int64_t most_of_a_peer, std::function<void(const char* limit)> on_full = {})
      : most_(most), most_of_a_peer_(most_of_a_peer), on_full_(std::move(on_full)) {}
  // Any thread. nullptr: there are twice as many as allowed, so close it at once.
  std::unique_ptr<Place> add(const std::string& peer, std::function<void()> close);

 private:
  bool make_room(const std::string* peer);  // under the lock
  void leave(Place& place);                 // under the lock: no longer counted

  const int64_t most_, most_of_a_peer_;
  const std::function<void(const char* limit)> on_full_;
  std::mutex mutex_;                                  // guards all below
  std::list<Place*> order_;                           // silent longest first
  std::unordered_map<std::string, int64_t> of_peer_;  // those not being closed
  int64_t count_ = 0;                                 // those not being closed
};

}  // namespace haina
