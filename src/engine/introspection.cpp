// The engine, its users and its items as JSON, for the console and the API.
#include <ATen/ATen.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <unordered_map>

#include "data/suggest_id.h"
#include "engine/engine_state.h"
#include "recommend/items_of_rules.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr int64_t kShownHistory = 100;
constexpr size_t kShownGroups = 12;  // largest groups of the map; other items have none

}  // namespace

std::vector<std::string> Engine::users_with(const std::string& prefix, int64_t limit) const {
  std::vector<std::string> found;
  const std::shared_lock lock(live_->mutex);
  const auto add = [&](std::string_view name, bool is_gone) {
    if (!is_gone && name.starts_with(prefix) && std::ssize(found) < limit) {
      found.emplace_back(name);
    }
  };
  for (int32_t row = 0; row < dataset_.users.size() && std::ssize(found) < limit; ++row) {
    const auto live = live_->users.find(std::string(dataset_.users.name(row)));
    add(dataset_.users.name(row), live != live_->users.end() && live->second.is_gone());
  }
  for (const auto& [name, user] : live_->users) {
    if (!dataset_.users.find(name)) {
      add(name, user.is_gone());
    }
  }
  return found;
}

std::vector<std::string> Engine::ids(Side side, int64_t offset, int64_t limit) const {
  std::vector<std::string> ids;
  if (side == Side::kItem) {
    const View now = view();
    for (int64_t row = offset; row < std::min(now.catalog.size(), offset + limit); ++row) {
      ids.push_back(now.catalog.id(static_cast<int32_t>(row)));
    }
    return ids;
  }
  const std::vector<std::string> all = users_with("", offset + limit);
  for (int64_t row = offset; row < std::min(std::ssize(all), offset + limit); ++row) {
    ids.push_back(all[static_cast<size_t>(row)]);
  }
  return ids;
}

const Field* Engine::categories() const { return category_field(config_.serve, dataset_).value_or(nullptr); }

bool Engine::is_hidden(const std::string& item) const {
  const View now = view();
  const auto row = now.catalog.find(item);
  return row && now.hidden.const_data_ptr<bool>()[*row];
}

nlohmann::json Engine::about() const {
  return {{"model", model_version()},
          {"users", dataset_.users.size()},
          {"items", view().catalog.size()},
          {"experts", model_.names()},
          {"lacks", lacks()}};
}

std::vector<std::string> Engine::lacks() const {
  std::vector<std::string> lacks;
  const Json untested = model_.about.value("unvalidated", Json::object());
  if (untested.is_object() && untested.contains("text")) {
    lacks.push_back(untested.value("text", "") + ". " + untested.value("hint", ""));
  }
  if (view().catalog.size() == 0) {
    lacks.emplace_back("items: no list can be made before items are put");
  }
  if (!has_few_events_) {
    return lacks;
  }
  const int64_t trained = dataset_.events.size() == 0 ? 0 : dataset_.events.goal.sum().item<int64_t>();
  int64_t live = 0;
  {
    const std::shared_lock lock(live_->mutex);
    for (const auto& [item, count] : live_->trend) {
      live += count.events;
    }
  }
  lacks.push_back(
      fmt::format("events: the model has learned from {}; until it has more, lists go by content, newness, "
                  "rules and live events{}",
                  trained == 0 ? "none" : fmt::format("{} only", trained),
                  live == 0 ? "" : fmt::format(" ({} since: haina train --from-store learns from them)", live)));
  if (!std::ranges::any_of(dataset_.fields, [](const Field& field) { return field.side == Side::kItem; })) {
    lacks.emplace_back("item fields: without a table of items there is no content to compare");
  }
  return lacks;
}

nlohmann::json Engine::rules() const {
  const View now = view();
  const std::vector<RuleConfig>& in_force = now.rules->configured;
  const std::vector<int64_t> items = items_of_rules(*now.rules, now.catalog, *now.removed);
  Json rules = Json::array();
  for (size_t r = 0; r < in_force.size(); ++r) {
    Json rule = to_json(in_force[r]);
    rule["from"] = r < config_.serve.rules.size() ? "haina.toml" : "api";  // those of the configuration come first
    rule["items"] = items[r];
    if (const auto pinned = now.find(in_force[r].item)) {
      rule["title"] = now.catalog.title(*pinned);
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

nlohmann::json Engine::user_events(const std::string& user, int64_t offset, int64_t limit) const {
  const View now = view();
  const LiveUser live = live_user(user);
  const int32_t row = live.forgotten ? -1 : dataset_.users.find(user).value_or(-1);
  const std::vector<std::string> new_actions = [&] {
    const std::shared_lock lock(live_->mutex);
    return live_->new_actions;
  }();
  const auto action_name = [&](uint8_t action) -> Json {
    const size_t trained = static_cast<size_t>(dataset_.actions.size());
    return action < trained                        ? Json(std::string(dataset_.actions.name(action)))
           : action - trained < new_actions.size() ? Json(new_actions[action - trained])
                                                   : Json();
  };
  Json events = Json::array();
  int64_t at = 0;
  const auto add = [&](int32_t item, uint8_t action, float value, int64_t time_us, bool is_live) {
    if (item >= now.catalog.size() || at++ < offset || std::ssize(events) >= limit) {
      return;
    }
    const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(time_us / 1000)};
    events.push_back({{"item", now.catalog.id(item)},
                      {"title", now.catalog.title(item)},
                      {"action", action_name(action)},
                      {"time", time_us == kNoTime ? Json() : Json(fmt::format("{:%FT%T}Z", time))},
                      {"value", std::isfinite(value) ? Json(value) : Json()},
                      {"live", is_live}});
  };
  std::vector<UserEvent> recent = live.events;
  recent.insert(recent.end(), live.other_events.begin(), live.other_events.end());
  std::ranges::stable_sort(recent, {}, &UserEvent::time_us);
  for (auto event = recent.rbegin(); event != recent.rend(); ++event) {
    add(row_of(event->item), event->action, event->value, event->time_us, true);
  }
  const EventLog& log = dataset_.events;
  const auto [first, end] = row < 0 ? std::pair<int64_t, int64_t>() : states_.events_of(row);
  for (int64_t i = end - 1; i >= first; --i) {
    add(log.item.const_data_ptr<int32_t>()[i], log.action.const_data_ptr<uint8_t>()[i],
        log.value.const_data_ptr<float>()[i], log.time.const_data_ptr<int64_t>()[i], false);
  }
  return {{"user", user}, {"total", at}, {"offset", offset}, {"events", std::move(events)}};
}

nlohmann::json Engine::user(const std::string& user) const {
  const LiveUser live = live_user(user);
  const int32_t row = live.forgotten ? -1 : dataset_.users.find(user).value_or(-1);
  const bool is_forgotten = live.forgotten || [&] {
    const std::shared_lock lock(live_->mutex);
    return live_->forgotten.contains(user);
  }();
  Json profile = Json::object(), friends = Json::array();
  for (const Field& field : dataset_.fields) {
    if (field.side != Side::kUser || row < 0) {
      continue;
    }
    if (field.type == FieldType::kSocial) {
      for (const int32_t other : live.update.has_friends ? std::span<const int32_t>() : field.bags.row(row)) {
        if (const std::string name(dataset_.users.name(other)); !live_user(name).is_gone()) {
          friends.push_back(name);
        }
      }
    } else if (field.type != FieldType::kVector && field.type != FieldType::kImage) {
      const std::vector<std::string> cells = cells_of(field, row, dataset_);
      profile[field.full_name()] = cells.empty() ? Json() : cells.size() == 1 ? Json(cells.front()) : Json(cells);
    }
  }
  for (const auto& [name, cells] : live.update.profile) {
    profile[name] = cells.size() == 1 ? Json(cells.front()) : Json(cells);
  }
  for (const std::string& other : live.update.friends) {
    friends.push_back(other);
  }
  Json events = user_events(user, 0, kShownHistory);
  return {{"user", user},
          {"known", knows(user)},
          {"forgotten", is_forgotten},
          {"profile", profile},
          {"friends", friends},
          {"events", events["total"]},
          {"history", std::move(events["events"])}};
}

Result<nlohmann::json> Engine::item(const std::string& item) const {
  const View now = view();
  const auto row = now.find(item);
  if (!row) {
    return fail(
        {ErrorCode::kNotFound, fmt::format("unknown item '{}'", item), "id", did_you_mean(item, dataset_.items)});
  }
  Json fields = Json::array(), sources = Json::object();
  for (const Field& field : dataset_.fields) {
    if (field.side == Side::kItem && field.type != FieldType::kVector && field.type != FieldType::kImage) {
      const std::vector<std::string> cells = now.catalog.cells(field, *row);
      fields.push_back({{"name", field.full_name()},
                        {"type", to_string(field.type)},
                        {"values", cells},
                        {"present", !cells.empty()}});
    }
  }
  if (model_.network && !now.catalog.is_added(*row)) {
    const std::vector<std::string> names = model_.network->item_sources();
    const at::Tensor weights = model_.network->item_source_weights()[*row].contiguous();
    for (size_t s = 0; s < names.size(); ++s) {
      sources[names[s]] = weights.const_data_ptr<float>()[s];
    }
  }
  int64_t events = now.catalog.is_added(*row) ? 0 : live_->dataset_events.const_data_ptr<int64_t>()[*row];
  {
    const std::shared_lock lock(live_->mutex);
    const auto trend = live_->trend.find(*row);
    events += trend == live_->trend.end() ? 0 : trend->second.events;
  }
  Json about = state_of(now, *row);
  about.update({{"events", events}, {"fields", fields}, {"sources", sources}});
  return about;
}

nlohmann::json Engine::map(int64_t most) const {
  Json items = Json::array();
  const Field* const groups = categories();
  if (model_.network) {
    const at::Tensor vectors = model_.network->item_vectors();
    const int64_t count = vectors.size(0), shown = std::min(most, count);
    const at::Tensor centered = vectors - vectors.mean(0);
    // Onto the two principal components, the eigenvectors of the width x width covariance with the largest eigenvalues.
    const auto [eigenvalues, eigenvectors] = at::linalg_eigh(at::matmul(centered.t(), centered) / count);
    const int64_t width = vectors.size(1);
    at::Tensor plane = at::matmul(
        centered,
        eigenvectors.index_select(1, at::tensor(std::vector<int64_t>{width - 1, std::max<int64_t>(0, width - 2)})));
    plane = (plane / plane.abs().amax(0).clamp_min(1e-9)).contiguous();
    std::unordered_map<std::string, int64_t> sizes;
    const Catalog catalog = view().catalog;
    const auto group_of = [&](int32_t item) {
      const std::vector<std::string> cells =
          groups == nullptr ? std::vector<std::string>() : catalog.cells(*groups, item);
      return cells.empty() ? std::string() : cells.front();
    };
    for (int32_t item = 0; item < count; ++item) {
      ++sizes[group_of(item)];
    }
    std::vector<std::pair<int64_t, std::string>> largest;
    for (const auto& [name, size] : sizes) {
      if (!name.empty()) {
        largest.emplace_back(-size, name);
      }
    }
    std::ranges::sort(largest);
    largest.resize(std::min(largest.size(), kShownGroups));
    for (int64_t i = 0; i < shown; ++i) {
      const auto item = static_cast<int32_t>(i * count / shown);
      const std::string group = group_of(item);
      const bool is_large = std::ranges::any_of(largest, [&](const auto& entry) { return entry.second == group; });
      items.push_back({{"item", catalog.id(item)},
                       {"title", catalog.title(item)},
                       {"x", plane.const_data_ptr<float>()[item * 2]},
                       {"y", plane.const_data_ptr<float>()[item * 2 + 1]},
                       {"group", is_large ? Json(group) : Json()}});
    }
  }
  return {{"schema", "haina.map/1"},
          {"group_field", groups == nullptr ? Json() : Json(groups->full_name())},
          {"items", items}};
}

}  // namespace haina
