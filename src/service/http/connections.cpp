#include "service/http/connections.h"

#include <algorithm>
#include <utility>

namespace haina {

std::unique_ptr<Connections::Place> Connections::add(const std::string& peer, std::function<void()> close) {
  std::unique_ptr<Place> place(new Place(*this, peer, std::move(close)));
  const std::scoped_lock lock(mutex_);
  const auto same = of_peer_.find(peer);
  const int64_t of_peer = same == of_peer_.end() ? 0 : same->second;
  const bool too_many_of_peer = of_peer >= most_of_a_peer_;
  if (on_full_ && (too_many_of_peer || count_ >= most_)) {
    on_full_(too_many_of_peer ? "peer_connections" : "connections");
  }
  bool room = !too_many_of_peer || make_room(&peer);
  room = room && (count_ < most_ || make_room(nullptr));
  if (!room && (count_ >= 2 * most_ || of_peer >= 2 * most_of_a_peer_)) {
    place->closing_ = true;  // it was never counted
    place->at_ = order_.end();
    return nullptr;
  }
  place->beyond_limit_ = !room;
  place->at_ = order_.insert(order_.end(), place.get());
  ++of_peer_[peer];
  ++count_;
  return place;
}

bool Connections::make_room(const std::string* peer) {
  const auto found = std::ranges::find_if(order_, [&](const Place* place) {
    return !place->busy_ && !place->closing_ && (peer == nullptr || place->peer_ == *peer);
  });
  if (found == order_.end()) {
    return false;
  }
  Place& place = **found;
  leave(place);
  place.close_();
  return true;
}

void Connections::leave(Place& place) {
  place.closing_ = true;
  --count_;
  if (const auto peer = of_peer_.find(place.peer_); --peer->second == 0) {
    of_peer_.erase(peer);
  }
}

Connections::Place::~Place() {
  const std::scoped_lock lock(all_.mutex_);
  if (at_ == all_.order_.end()) {
    return;  // refused from the start
  }
  if (!closing_) {
    all_.leave(*this);
  }
  all_.order_.erase(at_);
}

void Connections::Place::begin_request() {
  const std::scoped_lock lock(all_.mutex_);
  busy_ = true;
}

void Connections::Place::end_request() {
  const std::scoped_lock lock(all_.mutex_);
  busy_ = false;
  all_.order_.splice(all_.order_.end(), all_.order_, at_);
}

}  // namespace haina
