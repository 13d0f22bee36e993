// States and lists as a request sees them: the dataset, what came in since, and the request itself.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

#include "base/suggest.h"
#include "engine/engine_state.h"
#include "recommend/rules.h"

namespace haina {
namespace {

// Adds an event whose item is a row of the catalog to a history, whose items are rows of the dataset: an added item
// stands there as the nearest item of the dataset, and its own row goes to `added_items`.
void add_to_history(UserEvent event, const Catalog& catalog, std::vector<UserEvent>& history,
                    std::vector<int32_t>& added_items) {
  const int32_t item = row_of(event.item);
  if (item >= catalog.size()) {
    return;  // the item was added after the snapshot of the catalog
  }
  const int32_t represented = catalog.stand_in(item);
  if (represented != item) {
    added_items.push_back(item);
  }
  if (represented >= 0) {
    event.item = ItemId{represented};
    history.push_back(event);
  }
}

Result<std::vector<UserEvent>> given_history(std::span<const std::string> ids, const Catalog& catalog,
                                             std::vector<int32_t>& added_items) {
  std::vector<UserEvent> history;
  for (const std::string& id : ids) {
    const auto item = catalog.find(id);
    if (!item) {
      return fail({ErrorCode::kNotFound, fmt::format("unknown item '{}' in the history", id), "history",
                   did_you_mean(id, catalog.dataset().items.to_strings())});
    }
    add_to_history({.item = ItemId{*item}}, catalog, history, added_items);
  }
  return history;
}

}  // namespace

Result<Engine::ListState> Engine::list_state(const RecommendRequest& request, const Catalog& catalog) const {
  const LiveUser live = live_user(request.user);
  const std::optional<int32_t> row =
      request.user.empty() || live.forgotten ? std::nullopt : dataset_.users.find(request.user);
  ListState list;
  UserState& state = list.state;
  if (!request.history.empty()) {
    HAINA_TRY(std::vector<UserEvent> history, given_history(request.history, catalog, list.added_items));
    state = states_.with_history(row, std::move(history));
  } else {
    state = states_.known(row.value_or(-1));
    for (const UserEvent& event : live.events) {
      add_to_history(event, catalog, state.history, list.added_items);
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
    if (!row && state.history.empty() && !request.user.empty() && live.version == 0) {
      list.notes.push_back(fmt::format("user '{}' is unknown: the list is a newcomer's", request.user));
    } else if (state.history.empty()) {
      list.notes.emplace_back("no history: the list is a newcomer's");
    }
  }
  std::vector<UserId> friends;
  for (const std::string& name : live.update.friends) {
    if (const auto other = dataset_.users.find(name)) {
      friends.push_back(UserId{*other});
    }
  }
  add_friends(friends, state);
  add_request(request, live.update.profile, state);
  return list;
}

Result<UserState> Engine::user_state(const RecommendRequest& request) const {
  HAINA_TRY(ListState list, list_state(request, view().catalog));
  return std::move(list.state);
}

Result<RecommendationList> Engine::recommend(const RecommendRequest& request, const ListOptions& options,
                                             const std::string& category) const {
  const View now = view();
  HAINA_TRY(ListState known, list_state(request, now.catalog));
  ListInput input = {.state = std::move(known.state),
                     .user = request.user,
                     .seen = std::move(known.added_items),
                     .hidden = now.hidden,
                     .rules = now.rules.get(),
                     .k = request.k,
                     .options = options,
                     .notes = std::move(known.notes)};
  if (!request.query.empty()) {
    input.match = text_index_.match(request.query, now.catalog.size());
    if (input.match.max().item<float>() <= 0) {
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
  if (options.explain == Explain::kYes || options.channel == Channel::kTrending) {
    input.trend = trend(now.catalog.size());
  }
  HAINA_TRY(RecommendationList list, build_list(now.catalog, model_, std::move(input)));
  list.model = model_version();
  return list;
}

}  // namespace haina
