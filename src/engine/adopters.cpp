// Who took the items that were added since training, and what that says of the items: an item lies between its content
// and the tastes of its first adopters. A function of what is stored alone, not of when it came in, so that a restart
// changes no list.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
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

constexpr size_t kAdopterItems = 20;      // newest items before the adoption that make an adopter's taste
constexpr size_t kMostAdopters = 200;     // of an item that are remembered, so that some may be forgotten
constexpr int64_t kPlacedRows = 2 << 20;  // items of the dataset that are compared with at once: about 20 ms

// How many of `adopters` count. In steps, so that an item is placed ten times, however many take it.
size_t counted(size_t adopters) {
  static constexpr std::array<size_t, 10> kSteps = {1, 2, 3, 5, 8, 12, 18, 27, 40, 50};
  const auto next = std::ranges::upper_bound(kSteps, adopters);
  return next == kSteps.begin() ? 0 : *(next - 1);
}

}  // namespace

// The caller holds the lock, here and below.
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
  all.insert(place, {time_us, user});
  if (all.size() > kMostAdopters) {
    all.pop_back();
  }
  if (const size_t now = counted(all.size()); rank < now || now != before) {
    live_->to_place.insert(id);
  }
}

// An event that comes late is part of the taste with which its user took the items after it.
void Engine::look_at_later_adoptions(const std::string& user, int64_t time_us) {
  const auto found = live_->users.find(user);
  if (found == live_->users.end()) {
    return;
  }
  for (const UserEvent& event : found->second.events) {
    if (event.time_us > time_us && row_of(event.item) >= dataset_.items.size()) {
      live_->to_place.insert(live_->added->item(row_of(event.item) - dataset_.items.size()).id);
    }
  }
}

void Engine::drop_adopter(const std::string& user, const LiveUser& live) {
  for (const UserEvent& event : live.events) {
    if (row_of(event.item) < dataset_.items.size()) {
      continue;
    }
    const std::string& id = live_->added->item(row_of(event.item) - dataset_.items.size()).id;
    const auto all = live_->adopters.find(id);
    if (all != live_->adopters.end() && std::erase_if(all->second, [&](const auto& one) { return one.user == user; })) {
      live_->to_place.insert(id);
    }
  }
}

void Engine::forget_adopters(const std::unordered_set<std::string_view>& users) {
  for (auto& [id, all] : live_->adopters) {
    if (std::erase_if(all, [&](const Live::Adopter& one) { return users.contains(one.user); }) > 0) {
      live_->to_place.insert(id);
    }
  }
}

// Adds the unit vector of what the user had taken before that time; nothing where that is nothing.
void Engine::add_taste(const std::string& user, int64_t before_us, Adopters& adopters) const {
  const at::Tensor vectors = model_.network->item_vectors();
  const int64_t width = vectors.size(1);
  std::vector<float> sum(static_cast<size_t>(width), 0);
  size_t items = 0;
  const auto add = [&](int32_t row) {
    ++items;
    for (int64_t c = 0; c < width; ++c) {
      sum[static_cast<size_t>(c)] += vectors.const_data_ptr<float>()[row * width + c];
    }
  };
  const auto found = live_->users.find(user);
  if (found != live_->users.end()) {
    std::vector<std::pair<int64_t, int32_t>> own;  // by time, then by row: the order of arrival may be another
    for (const UserEvent& event : found->second.events) {
      if (event.time_us < before_us && row_of(event.item) < dataset_.items.size()) {
        own.emplace_back(event.time_us, row_of(event.item));
      }
    }
    std::ranges::sort(own, std::greater());
    for (size_t i = 0; i < own.size() && items < kAdopterItems; ++i) {
      add(own[i].second);
    }
  }
  if (const auto row = dataset_.users.find(user); row && (found == live_->users.end() || !found->second.forgotten)) {
    const auto [first, end] = states_.events_of(*row);
    for (int64_t i = end - 1; i >= first && items < kAdopterItems; --i) {
      add(dataset_.events.item.const_data_ptr<int32_t>()[i]);
    }
  }
  const float norm = std::sqrt(std::inner_product(sum.begin(), sum.end(), sum.begin(), 0.0F));
  if (norm <= 0) {
    return;
  }
  for (size_t c = 0; c < sum.size(); ++c) {
    adopters.sum[c] += sum[c] / norm;
  }
  ++adopters.count;
}

Adopters Engine::adopters_of(const std::string& item) const {
  Adopters adopters = {.sum = std::vector<float>(static_cast<size_t>(model_.network->item_vectors().size(1)), 0)};
  if (const auto found = live_->adopters.find(item); found != live_->adopters.end()) {
    for (size_t i = 0; i < counted(found->second.size()); ++i) {
      add_taste(found->second[i].user, found->second[i].time_us, adopters);
    }
  }
  return adopters;
}

void Engine::place_adopted(Place place) {
  const size_t most = place == Place::kAll
                          ? std::numeric_limits<size_t>::max()
                          : static_cast<size_t>(std::max<int64_t>(1, kPlacedRows / (dataset_.items.size() + 1)));
  std::map<std::string, Adopters> adopters;
  std::shared_ptr<AddedItems> added;
  {
    const std::unique_lock lock(live_->mutex);
    while (!live_->to_place.empty() && adopters.size() < most) {
      const auto first = live_->to_place.begin();
      adopters.emplace(*first, adopters_of(*first));
      live_->to_place.erase(first);
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
