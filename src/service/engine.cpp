#include "service/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/suggest.h"
#include "kernels/topk.h"

namespace haina {

// Guarded by its mutex: many read, the store's thread writes.
struct Engine::Live {
  mutable std::shared_mutex mutex;
  struct User {
    std::vector<UserEvent> events;  // in the order in which they came
    uint32_t version = 0;
    bool forgotten = false;  // what was prepared is not theirs any more
  };
  std::unordered_map<std::string, User> users;
  at::Tensor hidden;       // bool [items]; replaced, never changed: lists in the making keep theirs
  uint32_t catalogue = 0;  // version
};

Engine::Engine(Dataset dataset, Model model, std::vector<Goal> goals)
    : dataset_(std::move(dataset)),
      model_(std::move(model)),
      goals_(std::move(goals)),
      words_(dataset_),
      first_event_(static_cast<size_t>(dataset_.users.size()) + 1, 0),
      live_(std::make_unique<Live>()) {
  const EventLog& log = dataset_.events;
  for (int64_t i = 0; i < log.size(); ++i) {
    ++first_event_[static_cast<size_t>(log.user.const_data_ptr<int32_t>()[i]) + 1];
  }
  std::partial_sum(first_event_.begin(), first_event_.end(), first_event_.begin());
  live_->hidden = at::zeros({dataset_.items.size()}, at::kBool);
  newest_us_ = log.size() > 0 ? log.time.max().item<int64_t>() : kNoTime;
}

Engine::Engine(Engine&&) noexcept = default;
Engine::~Engine() = default;

Result<Engine> Engine::make(const Config& config, Dataset dataset, Model model) {
  HAINA_TRY(std::vector<Goal> goals, parse_goals(config));
  return Engine(std::move(dataset), std::move(model), std::move(goals));
}

void Engine::learn(const LiveEvent& event) {
  const auto item = dataset_.items.find(event.item);
  if (!item || !is_wanted(goals_, event.action, event.value)) {
    return;
  }
  const auto action = dataset_.actions.find(event.action);
  UserEvent known = {
      .item = ItemId{*item}, .action = static_cast<uint8_t>(action.value_or(0)), .time_us = event.time_us};
  known.value = static_cast<float>(event.value.value_or(std::numeric_limits<double>::quiet_NaN()));
  const std::unique_lock lock(live_->mutex);
  Live::User& user = live_->users[event.user];
  user.events.push_back(known);
  ++user.version;
}

void Engine::set_hidden(const std::string& item, bool hidden) {
  if (const auto row = dataset_.items.find(item)) {
    const std::unique_lock lock(live_->mutex);
    at::Tensor changed = live_->hidden.clone();
    changed.data_ptr<bool>()[*row] = hidden;
    live_->hidden = changed;
    ++live_->catalogue;
  }
}

void Engine::hide(const std::string& item) { set_hidden(item, true); }
void Engine::show(const std::string& item) { set_hidden(item, false); }

void Engine::forget(const std::string& user) {
  const std::unique_lock lock(live_->mutex);
  Live::User& known = live_->users[user];
  known.events = {};
  known.forgotten = true;
  ++known.version;
}

uint64_t Engine::version_of(const std::string& user) const {
  const std::shared_lock lock(live_->mutex);
  const auto found = live_->users.find(user);
  return uint64_t{live_->catalogue} << 32U | (found == live_->users.end() ? 0 : found->second.version);
}

Result<UserState> Engine::state_of(const RecommendRequest& request, std::vector<std::string>& notes) const {
  UserState state;
  state.now_us = newest_us_;
  state.query = request.query;
  std::vector<UserEvent> live;
  bool forgotten = false;
  {
    const std::shared_lock lock(live_->mutex);
    if (const auto found = live_->users.find(request.user); found != live_->users.end()) {
      live = found->second.events;
      forgotten = found->second.forgotten;
    }
  }
  if (const auto row = request.user.empty() || forgotten ? std::nullopt : dataset_.users.find(request.user)) {
    state.user = *row;
  }
  if (!request.history.empty()) {
    for (const std::string& id : request.history) {
      const auto item = dataset_.items.find(id);
      if (!item) {
        return fail({ErrorCode::kNotFound, fmt::format("unknown item '{}' in the history", id), "history",
                     did_you_mean(id, dataset_.items.to_strings())});
      }
      state.history.push_back({.item = ItemId{*item}});
    }
    return state;
  }
  const EventLog& log = dataset_.events;
  if (state.user >= 0) {
    const auto user = static_cast<size_t>(state.user);
    for (int64_t i = first_event_[user]; i < first_event_[user + 1]; ++i) {
      if (log.goal.const_data_ptr<bool>()[i]) {
        state.history.push_back({ItemId{log.item.const_data_ptr<int32_t>()[i]}, log.action.const_data_ptr<uint8_t>()[i],
                                 log.weight.const_data_ptr<float>()[i], log.value.const_data_ptr<float>()[i],
                                 log.time.const_data_ptr<int64_t>()[i]});
      }
    }
    for (const Field& field : dataset_.fields) {
      if (field.type == FieldType::kSocial) {
        for (const int32_t other : field.bags.row(state.user)) {
          state.friends.push_back(UserId{other});
        }
      }
    }
  }
  state.history.insert(state.history.end(), live.begin(), live.end());
  // Events may come late: the state is in the order of what happened.
  std::ranges::stable_sort(state.history, {}, &UserEvent::time_us);
  if (!state.history.empty()) {
    state.now_us = std::max(state.now_us, state.history.back().time_us);
  }
  if (state.user < 0 && state.history.empty() && !request.user.empty()) {
    notes.push_back(fmt::format("user '{}' is unknown: the list is a newcomer's", request.user));
  } else if (state.history.empty()) {
    notes.emplace_back("no history: the list is a newcomer's");
  }
  return state;
}

Result<nlohmann::json> Engine::recommend(const RecommendRequest& request, const ListForm& form) const {
  ListRequest list = {.state = {}, .user = request.user, .k = request.k, .form = form};
  HAINA_TRY(list.state, state_of(request, list.notes));
  if (!request.query.empty()) {
    list.match = words_.match(request.query);
    if (list.match.max().item<float>() <= 0) {
      list.notes.push_back(fmt::format("no item has any of the words '{}'", request.query));
    }
  }
  {
    const std::shared_lock lock(live_->mutex);
    list.hidden = live_->hidden;
  }
  HAINA_TRY(nlohmann::json document, list_for(dataset_, model_, std::move(list)));
  document["model"] = model_.about.value("version", "");
  return document;
}

Result<nlohmann::json> Engine::similar(const std::string& item, int64_t k) const {
  const auto row = dataset_.items.find(item);
  if (!row) {
    return fail({ErrorCode::kNotFound, fmt::format("unknown item '{}'", item), "id",
                 did_you_mean(item, dataset_.items.to_strings())});
  }
  if (!model_.network) {
    return fail({ErrorCode::kUnsupported, "the model has no fused item vectors", "", "train with the fusion network"});
  }
  const at::Tensor vectors = model_.network->item_vectors();
  at::Tensor scores = at::mv(vectors, vectors[*row]).unsqueeze(0).contiguous();
  scores.data_ptr<float>()[*row] = -std::numeric_limits<float>::infinity();
  {
    const std::shared_lock lock(live_->mutex);
    scores.masked_fill_(live_->hidden.unsqueeze(0), -std::numeric_limits<float>::infinity());
  }
  const RankedLists lists = top_k(scores, std::min(k, dataset_.items.size()));
  nlohmann::json items = nlohmann::json::array();
  for (int64_t r = 0; r < lists.items.size(1); ++r) {
    const int32_t near = lists.items.const_data_ptr<int32_t>()[r];
    if (near >= 0 && std::isfinite(lists.scores.const_data_ptr<float>()[r])) {
      items.push_back({{"item", dataset_.items.name(near)},
                       {"title", dataset_.titles[static_cast<size_t>(near)]},
                       {"score", lists.scores.const_data_ptr<float>()[r]}});
    }
  }
  return nlohmann::json{{"schema", "haina.similar/1"}, {"item", item}, {"items", items}};
}

nlohmann::json Engine::about() const {
  return {{"model", model_.about.value("version", "")},
          {"users", dataset_.users.size()},
          {"items", dataset_.items.size()},
          {"experts", model_.names()}};
}

}  // namespace haina
