// What is forgotten is gone, and does not come back: the user's rows are deleted, and their hashes keep late copies
// out.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "store/session.h"

namespace haina {
namespace {

using Json = nlohmann::json;

struct UserColumn {
  const char *table, *column, *condition;
};
// Wherever the store holds a user's id as a value of its own.
constexpr std::array<UserColumn, 5> kUserColumns = {{{"events", R"("user")", ""},
                                                     {"impressions", R"("user")", ""},
                                                     {"feedback", R"("user")", ""},
                                                     {"entities", "id", " AND kind = 'user'"},
                                                     {"changes", "id", " AND kind IN ('user', 'events')"}}};

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

int64_t delete_of(soci::session& sql, const UserColumn& place, const std::string& user) {
  soci::statement remove =
      (sql.prepare << fmt::format("DELETE FROM {} WHERE {} = :user{}", place.table, place.column, place.condition),
       soci::use(user));
  remove.execute(true);
  return remove.get_affected_rows();
}

// (user, document) of all users whose documents hold the text.
std::vector<std::pair<std::string, std::string>> documents_with(soci::session& sql, bool sqlite,
                                                                const std::string& text) {
  std::string id, document;
  soci::statement select =
      (sql.prepare << fmt::format("SELECT id, document FROM entities WHERE kind = 'user' AND {}(document, :text) > 0",
                                  sqlite ? "instr" : "strpos"),
       soci::use(text), soci::into(id), soci::into(document));
  select.execute();
  std::vector<std::pair<std::string, std::string>> documents;
  while (select.fetch()) {
    documents.emplace_back(id, document);
  }
  return documents;
}

Json friends_in(const Json& document) {
  const auto friends = document.find("friends");
  return friends != document.end() && friends->is_array() ? *friends : Json::array();
}

bool has_friend(const Json& document, const std::string& user) {
  const Json friends = friends_in(document);
  return std::ranges::find(friends, Json(user)) != friends.end();
}

constexpr const char* kForget =
    "INSERT INTO forgotten (hash, time_us) VALUES (:hash, :time) ON CONFLICT (hash) DO UPDATE SET time_us = "
    "CASE WHEN excluded.time_us > forgotten.time_us THEN excluded.time_us ELSE forgotten.time_us END";
constexpr size_t kHashesInStatement = 500;
constexpr int64_t kManyEvents = 100'000;  // of a user: to delete fewer takes no more than seconds
constexpr int kMostLooks = 40;            // at what still reads a database server, before a vacuum
constexpr std::chrono::milliseconds kLook{50};

// A vacuum leaves the rows that an open snapshot may still read. Whether all snapshots from before this call end within
// two seconds; those of other roles are seen by members of pg_read_all_stats alone.
bool old_snapshots_end(soci::session& sql) {
  double now = 0;
  sql << "SELECT extract(epoch FROM clock_timestamp())", soci::into(now);
  for (int look = 0; look < kMostLooks; ++look) {
    long long older = 0;
    sql << "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND "
           "backend_xmin IS NOT NULL AND extract(epoch FROM xact_start) < :now",
        soci::use(now), soci::into(older);
    if (older == 0) {
      return true;
    }
    std::this_thread::sleep_for(kLook);
  }
  return false;
}

}  // namespace

void Store::Session::read_forgotten() {
  long long now = 0;
  sql << "SELECT forgets FROM forgetting", soci::into(now);
  if (now == forgets) {
    return;
  }
  std::string hash;
  long long time_us = 0;
  soci::statement select =
      (sql.prepare << "SELECT hash, time_us FROM forgotten", soci::into(hash), soci::into(time_us));
  select.execute();
  HashedNames names;
  while (select.fetch()) {
    names.add(hash, time_us);
  }
  forgotten = std::move(names);
  forgets = now;
}

bool Store::Session::is_late_copy(const LiveEvent& event) {
  const std::optional<int64_t> since = forgotten.empty() ? std::nullopt : forgotten.time_of(event.user);
  if (!since || event.time_us <= *since || event.id.empty()) {
    return since && event.time_us <= *since;
  }
  const std::string hash = HashedNames::key_of(salt, event.id);  // a retry without a time is later than it was
  int found = 0;
  sql << "SELECT count(*) FROM forgotten_events WHERE hash = :hash", soci::use(hash), soci::into(found);
  return found > 0;
}

Result<HashedNames> Store::forgotten_users() {
  return attempt([&]() -> Result<HashedNames> {
    session_->read_forgotten();
    return session_->forgotten;
  });
}

const std::string& Store::salt() const { return session_->salt; }

Result<std::vector<std::string>> Store::refused_ids() { return list("SELECT hash FROM forgotten_events"); }

void Store::Session::refuse_ids(const std::vector<std::string>& hashes) {
  // Many a statement: each is a round trip to a database server, while all who append wait.
  for (size_t begin = 0; begin < hashes.size(); begin += kHashesInStatement) {
    const size_t count = std::min(kHashesInStatement, hashes.size() - begin);
    std::vector<std::string> places;
    soci::statement insert(sql);
    for (size_t i = 0; i < count; ++i) {
      places.push_back(fmt::format("(:hash{})", i));
      insert.exchange(soci::use(hashes[begin + i]));
    }
    insert.alloc();
    insert.prepare(
        fmt::format("INSERT INTO forgotten_events (hash) VALUES {} ON CONFLICT DO NOTHING", fmt::join(places, ", ")));
    insert.define_and_bind();
    insert.execute(true);
  }
}

Forgotten Store::Session::delete_user(const std::string& user) {
  Forgotten gone;
  std::string id;
  const std::string made_of_content = std::string(kContentId) + "%";
  std::vector<std::string> ids;
  soci::statement select =
      (sql.prepare << R"(SELECT id FROM events WHERE "user" = :user AND id IS NOT NULL AND id NOT LIKE :like)",
       soci::use(user), soci::use(made_of_content), soci::into(id));
  select.execute();
  while (select.fetch()) {
    ids.push_back(HashedNames::key_of(salt, id));
  }
  refuse_ids(ids);
  const std::array<int64_t*, kUserColumns.size()> deleted = {&gone.events, &gone.lists, &gone.feedback, &gone.profiles,
                                                             nullptr};
  for (size_t i = 0; i < kUserColumns.size(); ++i) {
    const int64_t rows = delete_of(sql, kUserColumns[i], user);
    if (deleted[i] != nullptr) {
      *deleted[i] = rows;
    }
  }
  gone.friendships = drop_from_friends(user);
  return gone;
}

Result<Forgotten> Store::forget_user(const std::string& user) {
  const auto forget = [&]() -> Result<Forgotten> {
    soci::session& sql = session_->sql;
    Session::Write write(*session_);
    const std::string key = HashedNames::key_of(session_->salt, user);
    const long long time_us = now_us();
    sql << kForget, soci::use(key), soci::use(time_us);
    Forgotten counts = session_->delete_user(user);
    counts.time_us = time_us;
    sql << "UPDATE forgetting SET forgets = forgets + 1";
    session_->log_change("forget", key);
    write.commit();
    return counts;
  };
  HAINA_TRY(const int64_t events, attempt([&]() -> Result<int64_t> {
              long long count = 0;
              session_->sql << R"(SELECT count(*) FROM events WHERE "user" = :user)", soci::use(user),
                  soci::into(count);
              return count;
            }));
  HAINA_TRY(Forgotten gone, attempt(forget, events > kManyEvents ? Takes::kMinutes : Takes::kSeconds));
  if (!is_shared()) {  // a vacuum takes long: whoever holds a session of its own does it later
    gone.overwritten = overwrite_deleted().value_or(false);
  }
  return gone;
}

Status Store::forget_all(const HashedNames& names, const std::vector<std::string>& ids) {
  HAINA_TRY(const std::vector<std::string> rows,
            list(R"(SELECT "user" FROM events UNION SELECT "user" FROM impressions UNION SELECT "user" FROM feedback )"
                 "UNION SELECT id FROM entities WHERE kind = 'user'",
                 Takes::kMinutes));
  HAINA_TRY(const std::vector<Entity> profiles, entities("user"));
  std::set<std::string> users(rows.begin(), rows.end());
  for (const Entity& profile : profiles) {
    for (const Json& one : friends_in(Json::parse(profile.document, nullptr, false))) {
      if (one.is_string()) {
        users.insert(one.get<std::string>());
      }
    }
  }
  const auto forget = [&]() -> Status {
    Session::Write write(*session_);
    session_->read_forgotten();
    const HashedNames missing = later_than(session_->forgotten, names);
    session_->refuse_ids(ids);
    for (const auto& [key, time] : missing.times()) {
      const long long time_us = time;
      session_->sql << kForget, soci::use(key), soci::use(time_us);
      session_->log_change("forget", key);
    }
    for (const std::string& user : users) {
      if (missing.contains(user)) {
        session_->delete_user(user);
      }
    }
    session_->sql << "UPDATE forgetting SET forgets = forgets + 1";
    write.commit();
    return ok();
  };
  HAINA_OK(attempt(forget, Takes::kMinutes));
  if (!is_shared()) {
    HAINA_TRY([[maybe_unused]] const bool overwritten, overwrite_deleted());  // if not, a service tries again
  }
  return ok();
}

int64_t Store::Session::drop_from_friends(const std::string& user) {
  int64_t count = 0;
  for (const auto& [id, text] : documents_with(sql, kind == Kind::kSqlite, dumped(user))) {
    Json document = Json::parse(text, nullptr, false);
    if (!document.is_object() || !has_friend(document, user)) {
      continue;
    }
    Json& friends = document["friends"];
    friends.erase(std::remove(friends.begin(), friends.end(), Json(user)), friends.end());
    document["has_friends"] = true;  // also where no friend is left: the prepared ones do not come back
    const std::string changed = dumped(document);
    sql << "UPDATE entities SET document = :document WHERE kind = 'user' AND id = :id", soci::use(changed),
        soci::use(id);
    log_change("user", id);
    ++count;
  }
  return count;
}

Result<bool> Store::has_deleted_left() {
  return attempt([&]() -> Result<bool> {
    int left = 0;
    session_->sql << "SELECT count(*) FROM forgetting WHERE overwritten < forgets", soci::into(left);
    return left > 0;
  });
}

Result<bool> Store::overwrite_deleted() {
  return attempt(
      [&]() -> Result<bool> {
        soci::session& sql = session_->sql;
        long long forgets = 0;
        sql << "SELECT forgets FROM forgetting", soci::into(forgets);
        if (session_->kind == Session::Kind::kPostgres) {
          if (!old_snapshots_end(sql)) {
            return false;
          }
          for (const char* const table : {"events", "impressions", "feedback", "entities", "changes"}) {
            sql << fmt::format("VACUUM {}", table);
          }
        } else if (!session_->empty_log()) {
          return false;
        }
        sql << "UPDATE forgetting SET overwritten = :forgets", soci::use(forgets);
        return true;
      },
      Takes::kMinutes);
}

Result<std::vector<std::string>> Store::places_of(const std::string& user) {
  return attempt([&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> places;
    for (const UserColumn& place : kUserColumns) {
      long long rows = 0;
      session_->sql << fmt::format("SELECT count(*) FROM {} WHERE {} = :user{}", place.table, place.column,
                                   place.condition),
          soci::use(user), soci::into(rows);
      if (rows > 0) {
        places.push_back(fmt::format("{}: {} {}", place.table, rows, rows == 1 ? "row" : "rows"));
      }
    }
    int64_t friends = 0;
    for (const auto& [id, text] :
         documents_with(session_->sql, session_->kind == Session::Kind::kSqlite, dumped(user))) {
      friends += has_friend(Json::parse(text, nullptr, false), user) ? 1 : 0;
    }
    if (friends > 0) {
      places.push_back(fmt::format("friends of {} {}", friends, friends == 1 ? "user" : "users"));
    }
    return places;
  });
}

}  // namespace haina
