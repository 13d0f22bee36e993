// Items and users that are described, hidden or forgotten while serving.
#include <algorithm>
#include <iterator>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <unordered_map>

#include "data/forget_users.h"
#include "engine/engine_state.h"

namespace haina {
namespace {

// Sets the cells of the items in `added`, and appends rows for those that neither the dataset nor `added` has.
void set_cells(const std::vector<ItemUpdate>& items, const Dataset& dataset, AddedItems& added) {
  for (const ItemUpdate& item : items) {
    if (const auto row = dataset.items.find(item.id)) {
      added.changed[*row] = item.cells;
      continue;
    }
    const auto [position, is_new] = added.rows.try_emplace(item.id, static_cast<int32_t>(added.size()));
    if (is_new) {
      added.ids.push_back(item.id);
      added.titles.emplace_back();
      added.cells.emplace_back();
    }
    const auto row = static_cast<size_t>(position->second);
    added.cells[row] = item.cells;
    added.titles[row] = title_of(item.cells, dataset.fields, item.id);
  }
}

void index_texts(const std::vector<ItemUpdate>& items, const Catalog& catalog, TextIndex& index) {
  for (const ItemUpdate& item : items) {
    const int32_t row = *catalog.find(item.id);
    std::vector<std::string> texts = {catalog.title(row)};
    for (const Field& field : catalog.dataset().fields) {
      if (field.side == Side::kItem &&
          (field.type == FieldType::kText || field.type == FieldType::kCategory || field.type == FieldType::kTags)) {
        std::ranges::move(catalog.cells(field, row), std::back_inserter(texts));
      }
    }
    index.put(row, {texts.begin(), texts.end()});
  }
}

}  // namespace

Status Engine::put_items(const std::vector<ItemUpdate>& items) {
  std::shared_ptr<AddedItems> added;
  std::vector<RuleConfig> rules;
  std::unordered_map<std::string, Live::AdopterVector> adopters;
  {
    const std::shared_lock lock(live_->mutex);
    added = std::make_shared<AddedItems>(*live_->added);
    rules = live_->api_rules;
    adopters = live_->adopters;
  }
  set_cells(items, dataset_, *added);
  at::Tensor evidence, counts;
  if (model_.network && !adopters.empty()) {
    const int64_t width = model_.network->item_vectors().size(1);
    evidence = at::zeros({added->size(), width});
    counts = at::zeros({added->size()});
    for (const auto& [id, adopter] : adopters) {
      const int64_t row = added->rows.at(id);
      std::ranges::copy(adopter.sum, evidence.data_ptr<float>() + row * width);
      counts.data_ptr<float>()[row] = static_cast<float>(adopter.count);
    }
  }
  HAINA_OK(fuse_added(dataset_, model_.network, evidence, counts, *added));
  const Catalog catalog(dataset_, added);
  index_texts(items, catalog, text_index_);
  HAINA_OK(refresh(added, std::move(rules)));
  deliver_waiting(items, catalog);
  return ok();
}

// Gives events that waited for these items to their users.
void Engine::deliver_waiting(const std::vector<ItemUpdate>& items, const Catalog& catalog) {
  const std::unique_lock lock(live_->mutex);
  for (const ItemUpdate& item : items) {
    const auto waiting = live_->waiting.find(item.id);
    if (waiting == live_->waiting.end()) {
      continue;
    }
    const int32_t row = *catalog.find(item.id);
    for (auto& [user, known] : waiting->second) {
      if (known.is_goal) {
        count_event(row, user, known.event.time_us);
      }
      known.event.item = ItemId{row};
      live_->users[user].add(known, config_.serve.history);
      if (--live_->waiting_of[user] <= 0) {
        live_->waiting_of.erase(user);
      }
    }
    live_->waiting_count -= waiting->second.size();
    live_->waiting.erase(waiting);
  }
}

void Engine::put_user(const std::string& user, UserUpdate update) {
  const std::unique_lock lock(live_->mutex);
  LiveUser& live = live_->users[user];
  live.update = std::move(update);
  live.described = true;
  ++live.version;
}

void Engine::forget(const std::string& user) {
  const std::unique_lock lock(live_->mutex);
  LiveUser& live = live_->users[user];
  const uint32_t version = live.version + 1;
  take_out_of_trend(live);
  drop_waiting(user);
  live = LiveUser();
  live.version = version;
  live.forgotten = true;
  for (auto& [name, other] : live_->users) {
    other.version += std::erase(other.update.friends, user) > 0 ? 1 : 0;
  }
}

std::vector<std::string> Engine::forget_all(HashedNames forgotten) {
  std::vector<std::string> detached;
  for (const int32_t row : rows_to_forget(dataset_, forgotten)) {
    detached.emplace_back(dataset_.users.name(row));
  }
  for (int32_t row = 0; row < dataset_.users.size(); ++row) {
    if (is_forgotten_name(dataset_.users.name(row))) {
      detached.emplace_back(dataset_.users.name(row));
    }
  }
  std::ranges::for_each(detached, [this](const std::string& user) { forget(user); });
  know_forgotten(std::move(forgotten));
  return detached;
}

void Engine::know_forgotten(HashedNames forgotten) {
  const std::unique_lock lock(live_->mutex);
  live_->forgotten = std::move(forgotten);
}

std::vector<std::string> Engine::users_of_key(const std::string& key) const {
  const std::string salt = key.substr(0, key.find(':'));
  std::set<std::string> found;
  const auto look_at = [&](std::string_view name) {
    if (HashedNames::key_of(salt, name) == key) {
      found.emplace(name);
    }
  };
  for (int32_t row = 0; row < dataset_.users.size(); ++row) {
    look_at(dataset_.users.name(row));
  }
  const std::shared_lock lock(live_->mutex);
  for (const auto& [name, user] : live_->users) {
    look_at(name);
    std::ranges::for_each(user.update.friends, look_at);
  }
  for (const auto& [user, events] : live_->waiting_of) {
    look_at(user);
  }
  return {found.begin(), found.end()};
}

void Engine::set_hidden(const std::string& item, bool hidden) {
  const std::unique_lock lock(live_->mutex);
  if (const auto row = Catalog(dataset_, live_->added).find(item)) {
    at::Tensor changed = live_->hidden.clone();
    changed.data_ptr<bool>()[*row] = hidden;
    live_->hidden = changed;
    ++live_->catalog_version;
  }
}

void Engine::hide(const std::string& item) { set_hidden(item, true); }
void Engine::show(const std::string& item) { set_hidden(item, false); }

void Engine::hide_exactly(const std::vector<std::string>& items) {
  const std::unique_lock lock(live_->mutex);
  const Catalog catalog(dataset_, live_->added);
  at::Tensor hidden = at::zeros({catalog.size()}, at::kBool);
  for (const std::string& item : items) {
    if (const auto row = catalog.find(item)) {
      hidden.data_ptr<bool>()[*row] = true;
    }
  }
  live_->hidden = hidden;
  ++live_->catalog_version;
}

Cells Engine::item_update(const std::string& item) const {
  const View now = view();
  const auto row = now.catalog.find(item);
  if (!row) {
    return {};
  }
  const AddedItems& added = *now.catalog.added();
  if (now.catalog.is_added(*row)) {
    return added.cells[static_cast<size_t>(*row - dataset_.items.size())];
  }
  const auto found = added.changed.find(*row);
  return found == added.changed.end() ? Cells() : found->second;
}

UserUpdate Engine::user_update(const std::string& user) const { return live_user(user).update; }

}  // namespace haina
