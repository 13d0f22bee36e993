// Live events whose items are not in the catalog yet. Bounded, and nothing that comes in can fill it for good: the
// oldest events of users whom nobody knows go first, then the oldest of all; one user and one item have a share each.
// What goes is in the store still, and counts after the next start.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace haina {

struct WaitingBounds {
  size_t events = 100'000;
  size_t bytes = 32 << 20;  // estimated, ids and what a table needs for them
  size_t of_user = 1'000;
  size_t of_item = 10'000;
};

enum class UserKnown { kYes, kNo };  // whether the user has a history

template <class Event>
class WaitingEvents {
 public:
  explicit WaitingEvents(WaitingBounds bounds = {}) : bounds_(bounds) {}

  void add(const std::string& user, const std::string& item, Event event, UserKnown known) {
    if (const auto own = of_user_.find(user); own != of_user_.end() && own->second.size() >= bounds_.of_user) {
      remove(own->second.begin()->first);
    }
    if (const auto own = of_item_.find(item); own != of_item_.end() && own->second.size() >= bounds_.of_item) {
      remove(own->second.begin()->first);
    }
    const uint64_t number = next_++;
    of_user_[user].emplace(number, known);
    of_item_[item].emplace(number, known);
    order_[known == UserKnown::kYes].emplace(number, Entry{user, item, std::move(event)});
    bytes_ += bytes_of(user, item);
    while (size() > 1 && (size() > bounds_.events || bytes_ > bounds_.bytes)) {
      remove((order_[0].empty() ? order_[1] : order_[0]).begin()->first);
    }
  }

  // The item's events with their users, oldest first; they wait no more.
  std::vector<std::pair<std::string, Event>> take(const std::string& item) {
    std::vector<std::pair<std::string, Event>> taken;
    const auto own = of_item_.find(item);
    if (own == of_item_.end()) {
      return taken;
    }
    const std::map<uint64_t, UserKnown> numbers = own->second;
    for (const auto& [number, known] : numbers) {
      Entry& entry = order_[known == UserKnown::kYes].at(number);
      taken.emplace_back(entry.user, std::move(entry.event));
      remove(number);
    }
    return taken;
  }

  void forget(const std::string& user) {
    while (true) {
      const auto own = of_user_.find(user);
      if (own == of_user_.end()) {
        return;
      }
      remove(own->second.begin()->first);
    }
  }

  // Whose events wait, in no order.
  std::vector<std::string> users() const {
    std::vector<std::string> users;
    for (const auto& [user, numbers] : of_user_) {
      users.push_back(user);
    }
    return users;
  }

  size_t size() const { return order_[0].size() + order_[1].size(); }
  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string user, item;
    Event event;
  };
  using Numbers = std::unordered_map<std::string, std::map<uint64_t, UserKnown>>;

  static size_t bytes_of(const std::string& user, const std::string& item) {
    constexpr size_t kTables = 300;  // nodes of the maps, and strings' own
    return sizeof(Entry) + kTables + 2 * (user.size() + item.size());
  }

  static void erase_from(Numbers& numbers, const std::string& key, uint64_t number) {
    const auto own = numbers.find(key);
    own->second.erase(number);
    if (own->second.empty()) {
      numbers.erase(own);
    }
  }

  void remove(uint64_t number) {
    std::map<uint64_t, Entry>& order = order_[order_[1].contains(number)];
    const auto found = order.find(number);
    bytes_ -= bytes_of(found->second.user, found->second.item);
    erase_from(of_user_, found->second.user, number);
    erase_from(of_item_, found->second.item, number);
    order.erase(found);
  }

  WaitingBounds bounds_;
  std::map<uint64_t, Entry> order_[2];  // by UserKnown; numbers rise with time
  Numbers of_user_, of_item_;
  uint64_t next_ = 0;
  size_t bytes_ = 0;
};

}  // namespace haina
