// What a store holds besides events: items, users, rules, lists and their feedback, keys.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "store/session.h"

namespace haina {
namespace {

constexpr const char* kHide = "INSERT INTO hidden_items (item) VALUES (:item) ON CONFLICT DO NOTHING";
constexpr const char* kPlace =
    "INSERT INTO item_order (id, number) VALUES (:id, (SELECT coalesce(max(number), 0) + 1 FROM item_order)) ON "
    "CONFLICT DO NOTHING";
constexpr const char* kShow = "DELETE FROM hidden_items WHERE item = :item";

}  // namespace

Result<std::vector<std::string>> Store::list(const std::string& sql, Takes takes) {
  const auto read = [&]() -> Result<std::vector<std::string>> {
    std::string value;
    soci::statement select = (session_->sql.prepare << sql, soci::into(value));
    select.execute();
    std::vector<std::string> values;
    while (select.fetch()) {
      values.push_back(value);
    }
    return values;
  };
  return attempt(read, takes);
}

Status Store::hide_item(const std::string& item) { return change(kHide, item, "hidden"); }

Status Store::show_item(const std::string& item) { return change(kShow, item, "hidden"); }

Status Store::put(std::span<const Entity> entities) {
  return attempt([&]() -> Status {
    Session::Write write(*session_);
    Entity row;
    long long time_us = 0;
    soci::statement insert =
        (session_->sql.prepare << "INSERT INTO entities (kind, id, document, time_us) VALUES (:kind, :id, "
                                  ":document, :time_us) ON CONFLICT (kind, id) DO UPDATE SET document = "
                                  "excluded.document, time_us = excluded.time_us",
         soci::use(row.kind), soci::use(row.id), soci::use(row.document), soci::use(time_us));
    soci::statement place = (session_->sql.prepare << kPlace, soci::use(row.id));
    soci::statement hide = (session_->sql.prepare << kHide, soci::use(row.id));
    soci::statement show = (session_->sql.prepare << kShow, soci::use(row.id));
    for (const Entity& entity : entities) {
      row = entity;
      time_us = entity.time_us;
      insert.execute(true);
      if (entity.kind == "item") {
        place.execute(true);
      }
      session_->log_change(entity.kind.c_str(), entity.id);
      if (entity.hidden) {
        soci::statement& change = *entity.hidden ? hide : show;
        change.execute(true);
        if (change.get_affected_rows() > 0) {
          session_->log_change("hidden", entity.id);
        }
      }
    }
    write.commit();
    return ok();
  });
}

Status Store::drop(const std::string& kind, const std::string& id) {
  return attempt([&]() -> Status {
    Session::Write write(*session_);
    session_->sql << "DELETE FROM entities WHERE kind = :kind AND id = :id", soci::use(kind), soci::use(id);
    session_->log_change(kind.c_str(), id);
    write.commit();
    return ok();
  });
}

Result<std::vector<Entity>> Store::entities(const std::string& kind) {
  return attempt([&]() -> Result<std::vector<Entity>> {
    Entity row;
    long long time_us = 0;
    soci::statement select =
        (session_->sql.prepare << "SELECT kind, e.id, document, time_us FROM entities e LEFT JOIN item_order o ON "
                                  "o.id = e.id AND kind = 'item' WHERE kind = :kind ORDER BY coalesce(o.number, 0), "
                                  "e.id",
         soci::use(kind), soci::into(row.kind), soci::into(row.id), soci::into(row.document), soci::into(time_us));
    select.execute();
    std::vector<Entity> entities;
    while (select.fetch()) {
      row.time_us = time_us;
      entities.push_back(row);
    }
    return entities;
  });
}

Result<std::optional<Entity>> Store::entity(const std::string& kind, const std::string& id) {
  return attempt([&]() -> Result<std::optional<Entity>> {
    Entity row;
    long long time_us = 0;
    soci::statement select =
        (session_->sql.prepare << "SELECT kind, id, document, time_us FROM entities WHERE kind = :kind AND id = :id",
         soci::use(kind), soci::use(id), soci::into(row.kind), soci::into(row.id), soci::into(row.document),
         soci::into(time_us));
    select.execute();
    if (!select.fetch()) {
      return std::nullopt;
    }
    row.time_us = time_us;
    return std::optional(row);
  });
}

Status Store::add_impressions(std::span<const Impression> impressions) {
  return attempt([&]() -> Status {
    Session::Write write(*session_);
    session_->read_forgotten();
    Impression row;
    long long time_us = 0;
    soci::statement insert =
        (session_->sql.prepare << R"(INSERT INTO impressions (list, "user", model, items, time_us) VALUES (:list, )"
                                  ":user, :model, :items, :time_us)",
         soci::use(row.list), soci::use(row.user), soci::use(row.model), soci::use(row.items), soci::use(time_us));
    for (const Impression& impression : impressions) {
      if (session_->is_forgotten(impression.user, impression.time_us)) {
        continue;
      }
      row = impression;
      time_us = impression.time_us;
      insert.execute(true);
    }
    write.commit();
    return ok();
  });
}

Status Store::add_feedback(std::span<const Feedback> feedback) {
  return attempt([&]() -> Status {
    Session::Write write(*session_);
    session_->read_forgotten();
    Feedback row;
    long long time_us = 0;
    soci::statement insert =
        (session_->sql.prepare << R"(INSERT INTO feedback (list, "user", item, kind, value, time_us) VALUES (:list, )"
                                  ":user, :item, :kind, :value, :time_us)",
         soci::use(row.list), soci::use(row.user), soci::use(row.item), soci::use(row.kind), soci::use(row.value),
         soci::use(time_us));
    for (const Feedback& one : feedback) {
      if (session_->is_forgotten(one.user, one.time_us)) {
        continue;
      }
      row = one;
      time_us = one.time_us;
      insert.execute(true);
    }
    write.commit();
    return ok();
  });
}

Result<std::vector<Impression>> Store::impressions(int64_t limit) {
  return attempt([&]() -> Result<std::vector<Impression>> {
    constexpr int64_t kBatch = 1000;  // PostgreSQL's client library holds a whole result in memory
    std::vector<Impression> newest;
    size_t bytes = 0;
    long long before = std::numeric_limits<int64_t>::max();
    while (std::ssize(newest) < limit && bytes < kMostListBytes) {
      Impression row;
      long long number = 0, time_us = 0, most = std::min(kBatch, limit - std::ssize(newest));
      soci::statement select =
          (session_->sql.prepare
               << R"(SELECT seq, list, "user", model, items, time_us FROM impressions WHERE seq < :before )"
                  "ORDER BY seq DESC LIMIT :most",
           soci::use(before), soci::use(most), soci::into(number), soci::into(row.list), soci::into(row.user),
           soci::into(row.model), soci::into(row.items), soci::into(time_us));
      select.execute();
      int64_t rows = 0;
      for (; select.fetch() && bytes < kMostListBytes; ++rows) {
        row.time_us = time_us;
        bytes += row.items.size();
        before = number;
        newest.push_back(row);
      }
      if (rows < most) {
        break;
      }
    }
    std::ranges::reverse(newest);
    return newest;
  });
}

Result<std::vector<Feedback>> Store::feedback(int64_t limit) {
  return attempt([&]() -> Result<std::vector<Feedback>> {
    Feedback row;
    long long time_us = 0, most = limit;
    soci::statement select =
        (session_->sql.prepare << R"(SELECT list, "user", item, kind, value, time_us FROM feedback ORDER BY seq DESC )"
                                  "LIMIT :most",
         soci::use(most), soci::into(row.list), soci::into(row.user), soci::into(row.item), soci::into(row.kind),
         soci::into(row.value), soci::into(time_us));
    select.execute();
    std::vector<Feedback> newest;
    while (select.fetch()) {
      row.time_us = time_us;
      newest.push_back(row);
    }
    std::ranges::reverse(newest);
    return newest;
  });
}

Result<std::vector<std::string>> Store::hidden_items() { return list("SELECT item FROM hidden_items ORDER BY item"); }

namespace {

// An entity of a kind of its own marks that keys are or were in use.
constexpr const char* kMarkKeys =
    "INSERT INTO entities (kind, id, document, time_us) VALUES ('service', 'keys_used', '{}', 0) ON CONFLICT DO "
    "NOTHING";

}  // namespace

Status Store::add_key(const ApiKey& key) {
  if (key.tenant.find(':') != std::string::npos) {  // else tenant "a" would own the users of tenant "a:b"
    return fail({ErrorCode::kInvalidArgument, fmt::format("the tenant '{}' has a colon", key.tenant), "tenant",
                 "a colon ends the tenant's name in the ids of its users: choose a name without"});
  }
  return attempt([&]() -> Status {
    const std::string scope(to_string(key.scope));
    const long long created = key.created_us, expires = key.expires_us;
    soci::transaction transaction(session_->sql);
    soci::statement insert =
        (session_->sql.prepare
             << "INSERT INTO keys (name, scope, hash, tenant, created_us, expires_us) VALUES (:name, :scope, :hash, "
                ":tenant, :created, :expires) ON CONFLICT DO NOTHING",
         soci::use(key.name), soci::use(scope), soci::use(key.hash), soci::use(key.tenant), soci::use(created),
         soci::use(expires));
    insert.execute(true);
    if (insert.get_affected_rows() == 0) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("a key named '{}' exists already", key.name), "name",
                   "revoke it first, or give another name"});
    }
    session_->sql << kMarkKeys;
    transaction.commit();
    return ok();
  });
}

Status Store::revoke_key(const std::string& name) {
  return attempt([&]() -> Status {
    soci::transaction transaction(session_->sql);
    session_->sql << kMarkKeys;  // also of keys that a release without the mark added
    soci::statement remove = (session_->sql.prepare << "DELETE FROM keys WHERE name = :name", soci::use(name));
    remove.execute(true);
    if (remove.get_affected_rows() == 0) {
      return fail({ErrorCode::kNotFound, fmt::format("no key is named '{}'", name), "name",
                   "haina keys list shows their names"});
    }
    transaction.commit();
    return ok();
  });
}

Result<bool> Store::has_had_keys() {
  HAINA_TRY(const std::optional<Entity> mark, entity("service", "keys_used"));
  return mark.has_value();
}

Status Store::forget_keys_were_used() {
  HAINA_TRY(const std::vector<ApiKey> left, keys());
  if (!left.empty()) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("the store has {} keys", left.size()), "",
                 "revoke them first: haina keys list shows their names"});
  }
  return drop("service", "keys_used");
}

Result<int64_t> Store::bytes() {
  return attempt([&]() -> Result<int64_t> {
    long long bytes = 0;
    session_->sql << (is_shared() ? "SELECT pg_database_size(current_database())"
                                  : "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"),
        soci::into(bytes);
    return bytes;
  });
}

}  // namespace haina
