// Who took the items that were added since training, and what that says of the items: an item lies between its content
// and the tastes of its first adopters. What is stored decides, not when it came in, so that a restart changes no list.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <mutex>
#include <numeric>
#include <shared_mutex>
#include <tuple>
#include <utility>

#include "base/log.h"
#include "engine/engine_state.h"

namespace haina {
namespace {

constexpr size_t kTasteItems = 20;        // newest items before the adoption that make an adopter's taste
constexpr size_t kMostAdopters = 60;      // of an item that are remembered: some may be forgotten
constexpr size_t kMostPlaced = 100;       // items at once, and no more than are compared with so many of the dataset:
constexpr int64_t kPlacedRows = 2 << 20;  // about 20 ms

// How many of `adopters` count. In steps, so that an item is placed ten times, however many take it.
size_t counted(size_t adopters) {
  static constexpr std::array<size_t, 10> kSteps = {1, 2, 3, 5, 8, 12, 18, 27, 40, 50};
  const auto next = std::ranges::upper_bound(kSteps, adopters);
  return next == kSteps.begin() ? 0 : *(next - 1);
}

}  // namespace

// The newest rows of the dataset that the user had taken before that time, by time and by row: the order of arrival may
// be another. The caller holds the lock, here and below.
std::vector<int32_t> Engine::taste_of(const std::string& user, int64_t before_us) const {
  std::vector<int32_t> taste;
  const auto found = live_->users.find(user);
  if (found != live_->users.end()) {
    std::vector<std::pair<int64_t, int32_t>> own;
    for (const UserEvent& event : found->second.events) {
      if (event.time_us < before_us && row_of(event.item) < dataset_.items.size()) {
        own.emplace_back(event.time_us, row_of(event.item));
      }
    }
    std::ranges::sort(own, std::greater());
    for (size_t i = 0; i < std::min(own.size(), kTasteItems); ++i) {
      taste.push_back(own[i].second);
    }
  }
  if (const auto row = dataset_.users.find(user); row && (found == live_->users.end() || !found->second.forgotten)) {
    const auto [first, end] = states_.events_of(*row);
    for (int64_t i = end - 1; i >= first && taste.size() < kTasteItems; --i) {
      if (dataset_.events.goal.const_data_ptr<bool>()[i]) {
        taste.push_back(dataset_.events.item.const_data_ptr<int32_t>()[i]);
      }
    }
  }
  return taste;
}

// Before the event is added to its user's.
void Engine::add_adopter(int32_t item, const std::string& user, int64_t time_us) {
  const std::string& id = live_->added->item(item - dataset_.items.size()).id;
  std::vector<Live::Adopter>& all = live_->adopters[id];
  const size_t before = counted(all.size());
  if (const auto own = std::ranges::find(all, user, &Live::Adopter::user); own != all.end()) {
    if (own->time_us <= time_us) {
      return;
    }
    all.erase(own);
  }
  const auto place = std::ranges::find_if(all, [&](const Live::Adopter& one) {  // by time, then by name
    return std::tie(time_us, user) < std::tie(one.time_us, one.user);
  });
  const auto rank = static_cast<size_t>(place - all.begin());
  if (rank >= kMostAdopters) {
    return;
  }
  all.insert(place, {time_us, user, taste_of(user, time_us)});
  if (all.size() > kMostAdopters) {
    all.pop_back();
  }
  live_->users[user].adopted.insert(item);
  if (const size_t now = counted(all.size()); rank < now || now != before) {
    live_->to_place.insert(id);
  }
}

// An event that comes late is part of the taste with which its user took the items after it, as far as what else the
// user took is still in memory. After it was added to its user's.
void Engine::look_at_later_adoptions(const std::string& user, int64_t time_us) {
  const auto found = live_->users.find(user);
  if (found == live_->users.end() || found->second.shortened) {
    return;
  }
  for (const int32_t item : found->second.adopted) {
    const std::string& id = live_->added->item(item - dataset_.items.size()).id;
    std::vector<Live::Adopter>& all = live_->adopters.at(id);
    const auto own = std::ranges::find(all, user, &Live::Adopter::user);
    if (own != all.end() && own->time_us > time_us) {
      own->taste = taste_of(user, own->time_us);
      live_->to_place.insert(id);
    }
  }
}

void Engine::drop_adopter(const std::string& user, LiveUser& live) {
  for (const int32_t item : live.adopted) {
    const std::string& id = live_->added->item(item - dataset_.items.size()).id;
    const auto all = live_->adopters.find(id);
    if (all != live_->adopters.end() && std::erase_if(all->second, [&](const auto& one) { return one.user == user; })) {
      live_->to_place.insert(id);
    }
  }
  live.adopted.clear();
}

// The sum of the adopters' unit vectors; who had taken nothing before adds nothing.
Adopters Engine::adopters_of(const std::string& item) const {
  const at::Tensor vectors = model_.network->item_vectors();
  const auto width = static_cast<size_t>(vectors.size(1));
  Adopters adopters = {.sum = std::vector<float>(width, 0)};
  const auto found = live_->adopters.find(item);
  if (found == live_->adopters.end()) {
    return adopters;
  }
  for (size_t i = 0; i < counted(found->second.size()); ++i) {
    std::vector<float> sum(width, 0);
    for (const int32_t row : found->second[i].taste) {
      const float* const vector = vectors.const_data_ptr<float>() + static_cast<size_t>(row) * width;
      std::transform(sum.begin(), sum.end(), vector, sum.begin(), std::plus());
    }
    const float norm = std::sqrt(std::inner_product(sum.begin(), sum.end(), sum.begin(), 0.0F));
    for (size_t c = 0; c < width && norm > 0; ++c) {
      adopters.sum[c] += sum[c] / norm;
    }
    adopters.count += norm > 0 ? 1 : 0;
  }
  return adopters;
}

void Engine::place_adopted(Place place) {
  const size_t most = place == Place::kAll
                          ? std::numeric_limits<size_t>::max()
                          : std::min(kMostPlaced, static_cast<size_t>(kPlacedRows / (dataset_.items.size() + 1)) + 1);
  std::map<std::string, Adopters> adopters;
  std::shared_ptr<AddedItems> added;
  {
    const std::unique_lock lock(live_->mutex);
    auto next = live_->to_place.upper_bound(live_->placed_last);  // in turns, so that each comes up
    while (!live_->to_place.empty() && adopters.size() < most) {
      next = next == live_->to_place.end() ? live_->to_place.begin() : next;
      live_->placed_last = *next;
      adopters.emplace(*next, adopters_of(*next));
      next = live_->to_place.erase(next);
    }
    if (adopters.empty()) {
      return;
    }
    added = std::make_shared<AddedItems>(*live_->added);
  }
  if (const auto placed = added->update(dataset_, model_.network, {}, adopters); !placed) {
    log_warning(fmt::format("{} added items keep the places that they had: {}", adopters.size(), placed.error().what));
    return;
  }
  const std::unique_lock lock(live_->mutex);
  live_->added = std::move(added);
  ++live_->catalog_version;
}

}  // namespace haina
