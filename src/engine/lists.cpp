// States and lists as a request sees them: the dataset, what came in since, and the request itself.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <utility>

#include "engine/engine_state.h"
#include "recommend/rules.h"

namespace haina {
namespace {

// Adds an event whose item is a row of the catalog to a history, whose items are rows of the dataset: the nearest item
// of the dataset stands for an added one.
void add_to_history(UserEvent event, const Catalog& catalog, const std::set<int32_t>& removed,
                    std::vector<UserEvent>& history) {
  if (row_of(event.item) >= catalog.size() || removed.contains(row_of(event.item))) {
    return;  // the item was added after the snapshot of the catalog, or is deleted
  }
  if (const int32_t represented = catalog.stand_in(row_of(event.item)); represented >= 0) {
    event.item = ItemId{represented};
    history.push_back(event);
  }
}

}  // namespace

// Of all events, the dataset's and the live ones: what ages are counted to.
int64_t Engine::newest_us() const {
  const std::shared_lock lock(live_->mutex);
  return std::max(states_.newest_us(), live_->newest_of_all_us);
}

void Engine::read_given_history(const RecommendRequest& request, std::optional<int32_t> row, const View& view,
                                ListState& list) const {
  constexpr size_t kMostNamed = 10;  // unknown items with a note of their own
  size_t unknown = 0;
  std::vector<UserEvent> history;
  for (const std::string& id : request.history) {
    const auto item = view.find(id);
    if (!item) {
      if (++unknown <= kMostNamed) {
        list.notes.push_back(skipped_item_note(id, dataset_));
      }
    } else if (view.hidden.const_data_ptr<bool>()[*item]) {
      list.notes.push_back(fmt::format("item '{}' in the history is not listed any more: skipped", id));
    } else {
      list.seen.push_back(*item);
      add_to_history({.item = ItemId{*item}}, view.catalog, *view.removed, history);
    }
  }
  if (unknown > kMostNamed) {
    list.notes.push_back(fmt::format("{} more unknown items in the history are skipped", unknown - kMostNamed));
  }
  list.state = states_.with_history(row, std::move(history));
}

void Engine::read_known_events(std::optional<int32_t> row, const LiveUser& live, const View& view,
                               ListState& list) const {
  const Catalog& catalog = view.catalog;
  UserState& state = list.state;
  state = states_.known(row.value_or(-1));
  const int64_t now_us = newest_us();
  const int64_t dataset_us = std::exchange(state.now_us, now_us);
  list.seen = seen_items(state, &seen_rules_);
  state.now_us = dataset_us;
  std::ranges::copy_if(live.seen, std::back_inserter(list.seen), [&](int32_t item) { return item < catalog.size(); });
  for (const LiveUser::SeenItem& seen : live.seen_for_a_time) {
    if (seen.item < catalog.size() && now_us < seen.until_us) {
      list.seen.push_back(seen.item);
    }
  }
  std::ranges::copy_if(live.low_answers, std::back_inserter(list.low_answers), [&](const LowAnswer& answer) {
    return answer.item < catalog.size() && !view.removed->contains(answer.item);
  });
  for (const UserEvent& event : live.events) {
    add_to_history(event, catalog, *view.removed, state.history);
  }
  for (const UserEvent& event : live.other_events) {
    if (row_of(event.item) < dataset_.items.size()) {  // no expert that reads these knows added items
      state.other_events.push_back(event);
    }
  }
  // Events may arrive late; a state is in the order of their times.
  std::ranges::stable_sort(state.history, {}, &UserEvent::time_us);
  std::ranges::stable_sort(state.other_events, {}, &UserEvent::time_us);
  if (!state.history.empty()) {
    state.now_us = std::max(state.now_us, state.history.back().time_us);
  }
}

Engine::ListState Engine::list_state(const RecommendRequest& request, const View& view) const {
  const LiveUser live = live_user(request.user);
  const std::optional<int32_t> row =
      request.user.empty() || live.forgotten ? std::nullopt : dataset_.users.find(request.user);
  ListState list;
  if (!request.history.empty()) {
    read_given_history(request, row, view, list);
  } else {
    read_known_events(row, live, view, list);
  }
  if (request.history.empty() && !row && list.state.history.empty() && !request.user.empty() && live.version == 0) {
    list.notes.push_back(fmt::format("user '{}' is unknown: the list is a newcomer's", request.user));
  } else if (list.state.history.empty()) {
    list.notes.emplace_back("no history: the list is a newcomer's");
  }
  std::vector<UserId> friends;
  for (const std::string& name : live.update.friends) {
    if (const auto other = dataset_.users.find(name)) {
      friends.push_back(UserId{*other});
    }
  }
  if (live.update.has_friends) {
    list.state.friends.clear();
  }
  add_friends(friends, list.state);
  add_request(request, live.update.profile, list.state);
  return list;
}

Result<UserState> Engine::user_state(const RecommendRequest& request) const {
  return std::move(list_state(request, view()).state);
}

Result<RecommendationList> Engine::recommend(const RecommendRequest& request, const ListOptions& options,
                                             const std::string& category) const {
  const View now = view();
  ListState known = list_state(request, now);
  ListInput input = {.state = std::move(known.state),
                     .user = request.user,
                     .seen = std::move(known.seen),
                     .low_answers = std::move(known.low_answers),
                     .hidden = now.hidden,
                     .rules = now.rules.get(),
                     .content = now.content.get(),
                     .k = request.k,
                     .options = options,
                     .notes = std::move(known.notes)};
  if (!request.query.empty()) {
    input.match = text_index_.match(request.query, now.catalog.size());
    if (!input.match.gt(0).any().item<bool>()) {
      input.notes.push_back(fmt::format("no item has any of the words '{}'", request.query));
    }
  }
  if (!category.empty()) {
    HAINA_TRY(const Field* const field, category_field(config_.serve, dataset_));
    if (field == nullptr) {
      return fail({ErrorCode::kUnsupported, "no item field holds categories", "category", "leave it out"});
    }
    input.only = items_with_value(now.catalog, *field, category);
  }
  if (options.explain == Explain::kYes || options.channel == Channel::kTrending || has_few_events_) {
    input.trend = trend(now.catalog.size());
  }
  HAINA_TRY(RecommendationList list, build_list(now.catalog, model_, std::move(input)));
  list.model = model_version();
  return list;
}

}  // namespace haina
