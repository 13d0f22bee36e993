#include "service/telemetry/list_outcomes.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/sha256.h"
#include "data/seen_actions.h"
#include "store/keys.h"

namespace haina {
namespace {

constexpr size_t kPositions = 50;   // counted by position; further down is not counted
constexpr size_t kMostGone = 1000;  // keys of lists that are gone, beside as many as there are lists
constexpr size_t kCountDigits = 4;  // of a list's id, between its time and its signature

}  // namespace

void ListOutcomes::sign_with(const std::string& secret, HashedNames forgotten) {
  const std::scoped_lock lock(mutex_);
  secret_ = secret;
  forgotten_ = std::move(forgotten);
}

std::string ListOutcomes::signature(const std::string& list, const std::string& user) const {
  constexpr size_t kDigits = 20;  // 80 bits
  Sha256 hash;
  for (const std::string& part : {secret_, list, user, secret_}) {
    const uint64_t size = part.size();
    hash.add(&size, sizeof(size));
    hash.add(part.data(), part.size());
  }
  return hash.hex().substr(0, kDigits);
}

std::string ListOutcomes::new_list(const std::string& user, int64_t time_us) {
  static std::atomic<uint64_t> lists = 0;
  const std::string list = fmt::format("l_{:x}{:04x}", time_us, ++lists & 0xffffU);
  return list + "_" + signature(list, user);
}

namespace {

// As new_list wrote it; 0 where there is none.
int64_t time_of_list(const std::string& list) {
  int64_t time_us = 0;
  const size_t end = std::min(list.rfind('_'), list.size());
  if (end > kCountDigits + 2) {
    std::from_chars(list.data() + 2, list.data() + end - kCountDigits, time_us, 16);
  }
  return time_us;
}

}  // namespace

size_t ListOutcomes::bytes_of(const std::string& name, const List& list) {
  constexpr size_t kTables = 200;  // nodes of the tables, and strings' own
  return sizeof(List) + kTables + 3 * name.size() + 2 * list.user.size() + list.items.size() * sizeof(int32_t) +
         list.items.size() / 8;
}

int32_t ListOutcomes::number_of(const std::string& item) const {
  const auto found = items_.find(item);
  return found == items_.end() ? -1 : found->second;
}

void ListOutcomes::on_impression(const Impression& impression) {
  const nlohmann::json items = nlohmann::json::parse(impression.items, nullptr, false);
  if (!items.is_array()) {
    return;
  }
  const std::scoped_lock lock(mutex_);
  List list = {.user = impression.user, .items = {}, .clicked = {}, .time_us = impression.time_us};
  list.items.reserve(items.size());
  for (const nlohmann::json& item : items) {
    const auto [entry, is_new] =
        items_.emplace(item.is_string() ? item.get<std::string>() : item.dump(), static_cast<int32_t>(items_.size()));
    list.items.push_back(entry->second);
  }
  list.clicked.resize(list.items.size(), false);
  const size_t positions = std::min(kPositions, list.items.size());
  shown_.resize(std::max(shown_.size(), positions), 0);
  clicked_.resize(shown_.size(), 0);
  for (size_t p = 0; p < positions; ++p) {
    ++shown_[p];
  }
  ++impressions_;
  since_us_ = std::min(since_us_, impression.time_us);
  places_ += std::ssize(list.items);
  const auto [held, is_new] = lists_.emplace(impression.list, std::move(list));
  if (!is_new) {
    return;
  }
  bytes_ += bytes_of(held->first, held->second);
  order_.push_back(impression.list);
  std::deque<std::string>& own = lists_of_[impression.user];
  own.push_back(impression.list);
  if (own.size() > kListsOfUser) {
    // Lists without a user are of many: clicks that name one of them still count.
    if (const auto oldest = lists_.find(own.front()); oldest != lists_.end() && !impression.user.empty()) {
      erase(oldest);
    }
    own.pop_front();
  }
  if (order_.size() > 2 * lists_.size() + kMostGone) {
    std::erase_if(order_, [&](const std::string& name) { return !lists_.contains(name); });
  }
  while (order_.size() > 1 && (order_.size() > kMostLists || bytes_ > most_bytes_)) {
    drop_oldest();
  }
}

void ListOutcomes::drop_oldest() {
  const std::string oldest = order_.front();
  order_.pop_front();
  const auto found = lists_.find(oldest);
  if (found == lists_.end()) {
    return;
  }
  if (const auto of_user = lists_of_.find(found->second.user); of_user != lists_of_.end()) {
    std::erase(of_user->second, oldest);
    if (of_user->second.empty()) {
      lists_of_.erase(of_user);
    }
  }
  erase(found);
}

void ListOutcomes::erase(Lists::iterator list) {
  bytes_ -= bytes_of(list->first, list->second);
  lists_.erase(list);
}

void ListOutcomes::click(List& list, int32_t item) {
  const auto place = static_cast<size_t>(std::ranges::find(list.items, item) - list.items.begin());
  if (place < list.items.size() && !list.clicked[place]) {
    list.clicked[place] = true;
    ++clicks_;
    if (place < clicked_.size()) {
      ++clicked_[place];
    }
  }
}

void ListOutcomes::on_feedback(const Feedback& feedback) {
  const std::scoped_lock lock(mutex_);
  since_us_ = std::min(since_us_, feedback.time_us);
  if (feedback.kind == "click") {
    if (const auto found = lists_.find(feedback.list); found != lists_.end()) {
      click(found->second, number_of(feedback.item));
    }
  } else if (feedback.kind == "like") {
    ++likes_;
  } else if (feedback.kind == "dislike") {
    ++dislikes_;
  } else if (feedback.kind == "dwell") {
    ++dwells_;
    dwell_seconds_ += feedback.value;
  } else if (feedback.kind == "rating") {
    ++ratings_;
    rating_sum_ += feedback.value;
  }
}

void ListOutcomes::learn(const LiveEvent& event) {
  const Deed deed = deed_of(event.action);
  if (deed == Deed::kShown || deed == Deed::kRefused || event.id.starts_with(kFeedbackId)) {
    return;
  }
  const std::scoped_lock lock(mutex_);
  const auto own = lists_of_.find(event.user);
  const int32_t item = number_of(event.item);
  if (own == lists_of_.end() || item < 0) {
    return;
  }
  for (auto name = own->second.rbegin(); name != own->second.rend(); ++name) {
    List& list = lists_.at(*name);
    const bool in_time = event.time_us >= list.time_us && event.time_us - list.time_us <= kJoinUs;
    if (in_time && std::ranges::find(list.items, item) != list.items.end()) {
      click(list, item);
      return;  // only the newest list that has the item
    }
  }
}

bool ListOutcomes::knows(const std::string& list, const std::string& user) const {
  const size_t end = std::min(list.rfind('_'), list.size());
  const bool is_signed = end < list.size() && same_hash(list.substr(end + 1), signature(list.substr(0, end), user));
  const std::scoped_lock lock(mutex_);
  const auto found = lists_.find(list);
  if (found != lists_.end()) {
    return found->second.user == user;
  }
  const std::optional<int64_t> forgotten = is_signed ? forgotten_.time_of(user) : std::nullopt;
  return is_signed && (!forgotten || time_of_list(list) > *forgotten);
}

void ListOutcomes::forget(const std::string& user) {
  const std::scoped_lock lock(mutex_);
  forgotten_.add(HashedNames::key_of(secret_, user), now_us());
  lists_of_.erase(user);
  for (auto list = lists_.begin(); list != lists_.end();) {
    const auto one = list++;
    if (one->second.user == user) {
      erase(one);
    }
  }
}

void ListOutcomes::forget(const HashedNames& names) {
  const std::scoped_lock lock(mutex_);
  forgotten_.add(names);
  std::unordered_map<std::string, int64_t> until;  // by user
  for (const auto& [user, own] : lists_of_) {
    if (const std::optional<int64_t> time_us = names.time_of(user)) {
      until.emplace(user, *time_us);
    }
  }
  for (auto list = lists_.begin(); list != lists_.end() && !until.empty();) {
    const auto one = list++;
    const auto found = until.find(one->second.user);
    if (found != until.end() && one->second.time_us <= found->second) {
      erase(one);
    }
  }
  for (const auto& [user, time_us] : until) {
    const auto own = lists_of_.find(user);
    std::erase_if(own->second, [&](const std::string& list) { return !lists_.contains(list); });
    if (own->second.empty()) {
      lists_of_.erase(own);
    }
  }
}

nlohmann::json ListOutcomes::to_json() const {
  using Json = nlohmann::json;
  const std::scoped_lock lock(mutex_);
  const auto share = [](double part, double whole) { return whole > 0 ? Json(part / whole) : Json(); };
  Json by_position = Json::array();
  for (size_t p = 0; p < shown_.size(); ++p) {
    by_position.push_back({{"position", p + 1}, {"shown", shown_[p]}, {"clicked", clicked_[p]}});
  }
  const auto count = [](int64_t n) { return static_cast<double>(n); };
  return {{"since", since_us_ == kNothing ? Json() : Json(since_us_ / 1'000'000)},
          {"impressions", impressions_},
          {"shown", places_},
          {"clicks", clicks_},
          {"ctr", share(count(clicks_), count(places_))},
          {"likes", likes_},
          {"dislikes", dislikes_},
          {"like_rate", share(count(likes_), count(likes_ + dislikes_))},
          {"mean_dwell_s", share(dwell_seconds_, count(dwells_))},
          {"mean_rating", share(rating_sum_, count(ratings_))},
          {"ratings", ratings_},
          {"ctr_by_position", by_position}};
}

size_t ListOutcomes::lists() const {
  const std::scoped_lock lock(mutex_);
  return lists_.size();
}

size_t ListOutcomes::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

int64_t ListOutcomes::items_shown() const {
  const std::scoped_lock lock(mutex_);
  return std::ssize(items_);
}

}  // namespace haina
