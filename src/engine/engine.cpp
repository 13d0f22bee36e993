#include "engine/engine.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <numeric>

#include "base/suggest.h"
#include "engine/engine_state.h"

namespace haina {
namespace {

constexpr size_t kMostWaiting = 100'000;  // events of items that are not there yet
std::atomic<uint64_t> engines = 0;        // made so far
constexpr size_t kTakerItems = 20;        // of a history, in the vector that stands for who took a new item

}  // namespace

Engine::Engine(Config config, Dataset dataset, Model model, std::vector<Goal> goals)
    : number_(++engines),
      config_(std::move(config)),
      dataset_(std::move(dataset)),
      model_(std::move(model)),
      goals_(std::move(goals)),
      words_(WordIndex::of(dataset_)),
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
  Engine engine(config, std::move(dataset), std::move(model), std::move(goals));
  HAINA_OK(engine.refresh(engine.live_->added, {}));
  return engine;
}

Engine::View Engine::view() const {
  const std::shared_lock lock(live_->mutex);
  return {Catalogue(dataset_, live_->added), live_->rules, live_->hidden};
}

// The catalogue with `added`, and the rules that fit it, in one step.
Status Engine::refresh(std::shared_ptr<const AddedItems> added, std::vector<RuleConfig> rules) {
  ServeConfig serve = config_.serve;
  serve.rules.insert(serve.rules.end(), rules.begin(), rules.end());
  const Catalogue catalogue(dataset_, added);
  HAINA_TRY(Rules compiled, compile_rules(serve, catalogue));
  const std::unique_lock lock(live_->mutex);
  if (const int64_t more = catalogue.size() - live_->hidden.size(0); more > 0) {
    live_->hidden = at::cat({live_->hidden, at::zeros({more}, at::kBool)});
  }
  live_->added = std::move(added);
  live_->rules = std::make_shared<const Rules>(std::move(compiled));
  live_->api_rules = std::move(rules);
  ++live_->catalogue;
  return ok();
}

UserEvent Engine::known_event(const LiveEvent& event) const {
  UserEvent known = {.item = ItemId{-1},
                     .action = static_cast<uint8_t>(dataset_.actions.find(event.action).value_or(0)),
                     .time_us = event.time_us};
  known.value = static_cast<float>(event.value.value_or(std::numeric_limits<double>::quiet_NaN()));
  return known;
}

void Engine::learn(const LiveEvent& event) {
  const bool wanted = is_wanted(goals_, event.action, event.value);
  if (!wanted && !dataset_.actions.find(event.action)) {
    return;  // an action that training never saw says nothing to it
  }
  UserEvent known = known_event(event);
  const std::unique_lock lock(live_->mutex);
  const auto item = Catalogue(dataset_, live_->added).find(event.item);
  if (!item) {
    if (wanted && live_->waiting_count < kMostWaiting) {
      live_->waiting[event.item].emplace_back(event.user, known);
      ++live_->waiting_count;
    }
    return;
  }
  known.item = ItemId{*item};
  if (wanted) {
    count_event(*item, event.user, event.time_us);
  }
  live_->users[event.user].add(known, wanted, config_.serve.history);
}

// The trend; and of an added item, who took it. Under the lock, before the event joins its user.
void Engine::count_event(int32_t item, const std::string& user, int64_t time_us) {
  live_->newest_us = std::max(live_->newest_us, time_us);
  Live::Heat& heat = live_->heat[item];
  const int64_t time = std::max(heat.time_us, time_us);
  heat = {heat.at(time) + std::exp2(-static_cast<double>(time - time_us) / kTrendHalfLifeUs), time, heat.events + 1};
  if (item < dataset_.items.size() || !model_.network) {
    return;
  }
  const at::Tensor vectors = model_.network->item_vectors();
  const int64_t width = vectors.size(1);
  std::vector<float> sum(static_cast<size_t>(width), 0);
  const auto add = [&](int32_t row) {
    for (int64_t c = 0; row >= 0 && row < dataset_.items.size() && c < width; ++c) {
      sum[static_cast<size_t>(c)] += vectors.const_data_ptr<float>()[row * width + c];
    }
  };
  const auto found = live_->users.find(user);
  size_t counted = 0;
  if (found != live_->users.end()) {
    const std::vector<UserEvent>& events = found->second.events;
    for (auto event = events.rbegin(); event != events.rend() && counted < kTakerItems; ++event, ++counted) {
      add(row_of(event->item));
    }
  }
  if (const auto row = dataset_.users.find(user); row && (found == live_->users.end() || !found->second.forgotten)) {
    const auto u = static_cast<size_t>(*row);
    for (int64_t i = first_event_[u + 1] - 1; i >= first_event_[u] && counted < kTakerItems; --i, ++counted) {
      add(dataset_.events.item.const_data_ptr<int32_t>()[i]);
    }
  }
  const float norm = std::sqrt(std::inner_product(sum.begin(), sum.end(), sum.begin(), 0.0F));
  if (norm > 0) {
    Live::Taken& taken = live_->taken[live_->added->ids[static_cast<size_t>(item - dataset_.items.size())]];
    taken.sum.resize(sum.size(), 0);
    for (size_t c = 0; c < sum.size(); ++c) {
      taken.sum[c] += sum[c] / norm;
    }
    ++taken.count;
  }
}

void Engine::relearn(const std::string& user, const std::vector<LiveEvent>& events) {
  const std::unique_lock lock(live_->mutex);
  const Catalogue catalogue(dataset_, live_->added);
  Live::User& known = live_->users[user];
  known.events = {};
  known.others = {};
  ++known.version;
  for (const LiveEvent& event : events) {
    const auto item = catalogue.find(event.item);
    const bool wanted = is_wanted(goals_, event.action, event.value);
    if (item && (wanted || dataset_.actions.find(event.action))) {
      UserEvent again = known_event(event);
      again.item = ItemId{*item};
      known.add(again, wanted, config_.serve.history);
    }
  }
}

int64_t Engine::trained_until() const {
  return model_.about.value("store", nlohmann::json::object()).value("last_number", int64_t{0});
}

int64_t Engine::trained_until(const std::string& user) const {
  const std::shared_lock lock(live_->mutex);
  const auto found = live_->users.find(user);
  return found != live_->users.end() && found->second.forgotten ? 0 : trained_until();
}

void Engine::set_hidden(const std::string& item, bool hidden) {
  const std::unique_lock lock(live_->mutex);
  if (const auto row = Catalogue(dataset_, live_->added).find(item)) {
    at::Tensor changed = live_->hidden.clone();
    changed.data_ptr<bool>()[*row] = hidden;
    live_->hidden = changed;
    ++live_->catalogue;
  }
}

void Engine::hide(const std::string& item) { set_hidden(item, true); }
void Engine::show(const std::string& item) { set_hidden(item, false); }

void Engine::hide_exactly(const std::vector<std::string>& items) {
  const std::unique_lock lock(live_->mutex);
  const Catalogue catalogue(dataset_, live_->added);
  at::Tensor hidden = at::zeros({catalogue.size()}, at::kBool);
  for (const std::string& item : items) {
    if (const auto row = catalogue.find(item)) {
      hidden.data_ptr<bool>()[*row] = true;
    }
  }
  live_->hidden = hidden;
  ++live_->catalogue;
}

void Engine::forget(const std::string& user) {
  const std::unique_lock lock(live_->mutex);
  Live::User& known = live_->users[user];
  known = {.events = {}, .others = {}, .said = {}, .version = known.version + 1, .forgotten = true};
}

void Engine::put_user(const std::string& user, UserSaid said) {
  const std::unique_lock lock(live_->mutex);
  Live::User& known = live_->users[user];
  known.said = std::move(said);
  ++known.version;
}

Status Engine::put_items(const std::vector<ItemSaid>& items) {
  std::shared_ptr<AddedItems> added;
  std::vector<RuleConfig> rules;
  std::unordered_map<std::string, Live::Taken> taken;
  {
    const std::shared_lock lock(live_->mutex);
    added = std::make_shared<AddedItems>(*live_->added);
    rules = live_->api_rules;
    taken = live_->taken;
  }
  for (const ItemSaid& item : items) {
    if (const auto row = dataset_.items.find(item.id)) {
      added->changed[*row] = item.cells;
      continue;
    }
    const auto [place, is_new] = added->rows.try_emplace(item.id, static_cast<int32_t>(added->size()));
    if (is_new) {
      added->ids.push_back(item.id);
      added->titles.emplace_back();
      added->cells.emplace_back();
    }
    const auto row = static_cast<size_t>(place->second);
    added->cells[row] = item.cells;
    added->titles[row] = title_of(item.cells, dataset_.fields, item.id);
  }
  at::Tensor evidence, counts;
  if (model_.network && !taken.empty()) {
    const int64_t width = model_.network->item_vectors().size(1);
    evidence = at::zeros({added->size(), width});
    counts = at::zeros({added->size()});
    for (const auto& [id, one] : taken) {
      const int64_t row = added->rows.at(id);
      std::ranges::copy(one.sum, evidence.data_ptr<float>() + row * width);
      counts.data_ptr<float>()[row] = static_cast<float>(one.count);
    }
  }
  HAINA_OK(fuse_added(dataset_, model_.network, evidence, counts, *added));
  const Catalogue catalogue(dataset_, added);
  for (const ItemSaid& item : items) {
    const int32_t row = *catalogue.find(item.id);
    std::vector<std::string> texts = {catalogue.title(row)};
    for (const Field& field : dataset_.fields) {
      if (field.side == Side::kItem &&
          (field.type == FieldType::kText || field.type == FieldType::kCategory || field.type == FieldType::kTags)) {
        std::ranges::move(catalogue.cells(field, row), std::back_inserter(texts));
      }
    }
    words_.put(row, {texts.begin(), texts.end()});
  }
  HAINA_OK(refresh(added, std::move(rules)));
  const std::unique_lock lock(live_->mutex);
  for (const ItemSaid& item : items) {
    const auto waiting = live_->waiting.find(item.id);
    if (waiting == live_->waiting.end()) {
      continue;
    }
    const int32_t row = *catalogue.find(item.id);
    for (auto& [user, event] : waiting->second) {
      count_event(row, user, event.time_us);
      event.item = ItemId{row};
      live_->users[user].add(event, true, config_.serve.history);
    }
    live_->waiting_count -= waiting->second.size();
    live_->waiting.erase(waiting);
  }
  return ok();
}

Status Engine::set_rules(const std::vector<RuleConfig>& rules) {
  std::shared_ptr<const AddedItems> added;
  {
    const std::shared_lock lock(live_->mutex);
    added = live_->added;
  }
  return refresh(std::move(added), rules);
}

uint64_t Engine::version_of(const std::string& user) const {
  const std::shared_lock lock(live_->mutex);
  const auto found = live_->users.find(user);
  return uint64_t{live_->catalogue} << 32U | (found == live_->users.end() ? 0 : found->second.version);
}

Result<UserState> Engine::state_of(const RecommendRequest& request, const Catalogue& catalogue,
                                   std::vector<int32_t>& seen, std::vector<std::string>& notes) const {
  UserState state;
  state.now_us = newest_us_;
  state.query = request.query;
  state.profile = request.profile;
  state.context = request.context;
  Live::User live;
  {
    const std::shared_lock lock(live_->mutex);
    if (const auto found = live_->users.find(request.user); found != live_->users.end()) {
      live = found->second;
    }
  }
  if (const auto row = request.user.empty() || live.forgotten ? std::nullopt : dataset_.users.find(request.user)) {
    state.user = *row;
  }
  for (const auto& [name, cells] : live.said.profile) {
    for (const std::string& cell : cells) {
      state.profile.emplace_back(name, cell);
    }
  }
  // What came in since training stands in a history by what of the dataset is nearest to it.
  const auto add = [&](UserEvent event) {
    const int32_t item = row_of(event.item);
    if (item >= catalogue.size()) {
      return;  // it came after this list was begun
    }
    const int32_t known = catalogue.stand_in(item);
    if (known != item) {
      seen.push_back(item);
    }
    if (known >= 0) {
      event.item = ItemId{known};
      state.history.push_back(event);
    }
  };
  if (!request.history.empty()) {
    for (const std::string& id : request.history) {
      const auto item = catalogue.find(id);
      if (!item) {
        return fail({ErrorCode::kNotFound, fmt::format("unknown item '{}' in the history", id), "history",
                     did_you_mean(id, dataset_.items.to_strings())});
      }
      add({.item = ItemId{*item}});
    }
    return state;
  }
  const EventLog& log = dataset_.events;
  if (state.user >= 0) {
    const auto user = static_cast<size_t>(state.user);
    for (int64_t i = first_event_[user]; i < first_event_[user + 1]; ++i) {
      (log.goal.const_data_ptr<bool>()[i] ? state.history : state.others).push_back(event_of(log, i));
    }
    for (const Field& field : dataset_.fields) {
      if (field.type == FieldType::kSocial) {
        for (const int32_t other : field.bags.row(state.user)) {
          state.friends.push_back(UserId{other});
        }
      }
    }
  }
  for (const std::string& name : live.said.friends) {
    if (const auto other = dataset_.users.find(name)) {
      state.friends.push_back(UserId{*other});
    }
  }
  for (const UserEvent& event : live.events) {
    add(event);
  }
  for (const UserEvent& event : live.others) {
    if (row_of(event.item) < dataset_.items.size()) {  // what came in since training is known to no expert on these
      state.others.push_back(event);
    }
  }
  // Events may come late: the state is in the order of what happened.
  std::ranges::stable_sort(state.history, {}, &UserEvent::time_us);
  std::ranges::stable_sort(state.others, {}, &UserEvent::time_us);
  if (!state.history.empty()) {
    state.now_us = std::max(state.now_us, state.history.back().time_us);
  }
  if (state.user < 0 && state.history.empty() && !request.user.empty() && live.version == 0) {
    notes.push_back(fmt::format("user '{}' is unknown: the list is a newcomer's", request.user));
  } else if (state.history.empty()) {
    notes.emplace_back("no history: the list is a newcomer's");
  }
  return state;
}

Result<nlohmann::json> Engine::recommend(const RecommendRequest& request, const ListForm& form,
                                         const std::string& category) const {
  const View now = view();
  ListRequest list = {
      .state = {}, .user = request.user, .hidden = now.hidden, .rules = now.rules.get(), .k = request.k, .form = form};
  HAINA_TRY(list.state, state_of(request, now.catalogue, list.seen, list.notes));
  if (!request.query.empty()) {
    list.match = words_.match(request.query, now.catalogue.size());
    if (list.match.max().item<float>() <= 0) {
      list.notes.push_back(fmt::format("no item has any of the words '{}'", request.query));
    }
  }
  if (!category.empty()) {
    HAINA_TRY(const Field* const field, category_field(config_.serve, dataset_));
    if (field == nullptr) {
      return fail({ErrorCode::kUnsupported, "no item field holds categories", "category", "leave it out"});
    }
    list.only = with_value(now.catalogue, *field, category);
  }
  if (form.reasons == Reasons::kGive || form.channel == Channel::kTrending) {
    list.trend = at::zeros({now.catalogue.size()});
    const std::shared_lock lock(live_->mutex);
    for (const auto& [item, heat] : live_->heat) {
      if (item < now.catalogue.size()) {
        list.trend.data_ptr<float>()[item] = static_cast<float>(heat.at(live_->newest_us));
      }
    }
  }
  HAINA_TRY(nlohmann::json document, list_for(now.catalogue, model_, std::move(list)));
  document["model"] = model_.about.value("version", "");
  return document;
}

bool Engine::knows(const std::string& user) const {
  const std::shared_lock lock(live_->mutex);
  const auto found = live_->users.find(user);
  return found != live_->users.end() ? !found->second.forgotten || !found->second.events.empty()
                                     : dataset_.users.find(user).has_value();
}

bool Engine::has_item(const std::string& item) const { return view().catalogue.find(item).has_value(); }

Cells Engine::said_of(const std::string& item) const {
  const View now = view();
  const auto row = now.catalogue.find(item);
  if (!row) {
    return {};
  }
  const AddedItems& added = *now.catalogue.added();
  if (now.catalogue.is_added(*row)) {
    return added.cells[static_cast<size_t>(*row - dataset_.items.size())];
  }
  const auto found = added.changed.find(*row);
  return found == added.changed.end() ? Cells() : found->second;
}

UserSaid Engine::said_of_user(const std::string& user) const {
  const std::shared_lock lock(live_->mutex);
  const auto found = live_->users.find(user);
  return found == live_->users.end() ? UserSaid() : found->second.said;
}

}  // namespace haina
