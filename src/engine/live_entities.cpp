// Items and users that are described, hidden or forgotten while serving.
#include <ATen/ATen.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "data/forget_users.h"
#include "engine/engine_state.h"

namespace haina {
namespace {

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

bool Engine::has_item_field(const std::string& full_name) const {
  return std::ranges::any_of(
      dataset_.fields, [&](const Field& field) { return field.side == Side::kItem && field.full_name() == full_name; });
}

Status Engine::put_items(const std::vector<ItemUpdate>& items) {
  std::shared_ptr<AddedItems> added;
  std::vector<RuleConfig> rules;
  std::map<std::string, Adopters> adopters;
  {
    const std::unique_lock lock(live_->mutex);
    added = std::make_shared<AddedItems>(*live_->added);
    rules = live_->api_rules;
    for (const ItemUpdate& item : items) {
      if (live_->adopters.contains(item.id)) {
        adopters.emplace(item.id, adopters_of(item.id));
      }
    }
  }
  std::vector<std::pair<std::string, Cells>> cells;
  cells.reserve(items.size());
  for (const ItemUpdate& item : items) {
    cells.emplace_back(item.id, item.cells);
  }
  HAINA_TRY(const std::vector<int32_t> rows, added->update(dataset_, model_.network, cells, adopters));
  const Catalog catalog(dataset_, added);
  index_texts(items, catalog, text_index_);
  bring_back(rows);
  HAINA_OK(refresh(added, std::move(rules), rows));
  deliver_waiting(items, catalog);
  return ok();
}

// Rows that were deleted and are put again.
void Engine::bring_back(std::span<const int32_t> rows) {
  const std::unique_lock lock(live_->mutex);
  if (std::ranges::any_of(rows, [&](int32_t row) { return live_->removed->contains(row); })) {
    auto removed = std::make_shared<std::set<int32_t>>(*live_->removed);
    std::ranges::for_each(rows, [&](int32_t row) { removed->erase(row); });
    live_->removed = std::move(removed);
  }
}

void Engine::remove_item(const std::string& item) {
  hide(item);
  const std::unique_lock lock(live_->mutex);
  const Catalog catalog(dataset_, live_->added);
  if (const auto row = catalog.find(item); row && catalog.is_added(*row)) {
    auto removed = std::make_shared<std::set<int32_t>>(*live_->removed);
    removed->insert(*row);
    live_->removed = std::move(removed);
    text_index_.remove(*row);
    ++live_->catalog_version;
  }
}

// What hangs on which items lists may hold. The caller holds the lock.
void Engine::replace_hidden(at::Tensor hidden) {
  live_->hidden = std::move(hidden);
  live_->content = std::make_shared<const LazyContentIndex>(live_->hidden);
  ++live_->catalog_version;
}

// Gives events that waited for these items to their users.
void Engine::deliver_waiting(const std::vector<ItemUpdate>& items, const Catalog& catalog) {
  const std::unique_lock lock(live_->mutex);
  for (const ItemUpdate& item : items) {
    const int32_t row = *catalog.find(item.id);
    for (auto& [user, known] : live_->waiting.take(item.id)) {
      known.event.item = ItemId{row};
      take_in(user, known);
    }
  }
}

void Engine::put_user(const std::string& user, UserUpdate update) {
  const std::unique_lock lock(live_->mutex);
  LiveUser& live = live_->users[user];
  live.update = std::move(update);
  live.described = true;
  ++live.version;
}

void Engine::forget(const std::string& user) { forget(std::vector<std::string>{user}); }

void Engine::forget(const std::vector<std::string>& users) {
  const std::unordered_set<std::string_view> gone(users.begin(), users.end());
  const std::unique_lock lock(live_->mutex);
  for (const std::string& user : users) {
    LiveUser& live = live_->users[user];
    const uint32_t version = live.version + 1;
    take_out_of_trend(live);
    drop_adopter(user, live);
    live_->waiting.forget(user);
    live = LiveUser();
    live.version = version;
    live.forgotten = true;
  }
  if (gone.empty()) {
    return;
  }
  for (auto& [name, other] : live_->users) {
    const auto left = std::erase_if(other.update.friends, [&](const std::string& one) { return gone.contains(one); });
    other.version += left > 0 ? 1 : 0;
  }
}

std::vector<std::string> Engine::forget_all(HashedNames forgotten) {
  std::set<std::string> detached;
  for (const int32_t row : rows_to_forget(dataset_, forgotten)) {
    detached.emplace(dataset_.users.name(row));
  }
  for (int32_t row = 0; row < dataset_.users.size(); ++row) {
    if (is_forgotten_name(dataset_.users.name(row))) {
      detached.emplace(dataset_.users.name(row));
    }
  }
  {
    const std::shared_lock lock(live_->mutex);
    const HashedNames since = later_than(live_->forgotten, forgotten);
    const auto look_at = [&](const std::string& name) {
      if (since.contains(name)) {
        detached.insert(name);
      }
    };
    for (const auto& [name, user] : live_->users) {
      look_at(name);
      std::ranges::for_each(user.update.friends, look_at);
    }
    std::ranges::for_each(live_->waiting.users(), look_at);
  }
  std::vector<std::string> users(detached.begin(), detached.end());
  forget(users);
  know_forgotten(std::move(forgotten));
  return users;
}

void Engine::know_forgotten(HashedNames forgotten) {
  const std::unique_lock lock(live_->mutex);
  live_->forgotten = std::move(forgotten);
}

std::vector<std::string> Engine::users_of_keys(const HashedNames& keys) const {
  std::set<std::string> found;
  const auto look_at = [&](std::string_view name) {
    if (keys.contains(name)) {
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
  std::ranges::for_each(live_->waiting.users(), look_at);
  return {found.begin(), found.end()};
}

void Engine::set_hidden(const std::string& item, bool hidden) {
  const std::unique_lock lock(live_->mutex);
  const auto row = Catalog(dataset_, live_->added).find(item);
  if (row && live_->hidden.const_data_ptr<bool>()[*row] != hidden) {
    at::Tensor changed = live_->hidden.clone();
    changed.data_ptr<bool>()[*row] = hidden;
    replace_hidden(std::move(changed));
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
  replace_hidden(std::move(hidden));
}

Cells Engine::item_update(const std::string& item) const {
  const View now = view();
  const auto row = now.find(item);
  if (!row) {
    return {};
  }
  const AddedItems& added = *now.catalog.added();
  if (now.catalog.is_added(*row)) {
    return added.item(*row - dataset_.items.size()).cells;
  }
  const Cells* const changed = added.changed(*row);
  return changed == nullptr ? Cells() : *changed;
}

UserUpdate Engine::user_update(const std::string& user) const { return live_user(user).update; }

}  // namespace haina
