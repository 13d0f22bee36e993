// Events of a store: appended in order and read back.
#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "store/runs.h"
#include "store/session.h"

namespace haina {
namespace {

constexpr const char* kColumns = R"(id, "user", item, action, value, time_us, context)";

// One row, bound to a statement's parameters and columns.
struct Row {
  std::string id, user, item, action, context;
  double value = 0;
  long long time_us = 0;
  soci::indicator id_state = soci::i_null, value_state = soci::i_null;

  void set(const LiveEvent& event) {
    id = event.id;
    id_state = event.id.empty() ? soci::i_null : soci::i_ok;
    user = event.user;
    item = event.item;
    action = event.action;
    value = event.value.value_or(0);
    value_state = event.value ? soci::i_ok : soci::i_null;
    time_us = event.time_us;
    context = event.context;
  }
  LiveEvent get() const {
    return {.id = id_state == soci::i_ok ? id : "",
            .user = user,
            .item = item,
            .action = action,
            .value = value_state == soci::i_ok ? std::optional(value) : std::nullopt,
            .time_us = time_us,
            .context = context};
  }
};

// Deletes the events that have user, item and action of one of these, and returns the users who had some. Each user's
// rows are read once and deleted by number: a condition on item and action would walk all rows of the user for every
// event. events: nullptr for one that is left out.
std::set<std::string> delete_equals(soci::session& sql, std::span<const LiveEvent* const> events) {
  std::map<std::string, std::set<std::pair<std::string, std::string>>> of_user;  // -> (item, action)
  for (const LiveEvent* const event : events) {
    if (event != nullptr) {
      of_user[event->user].insert({event->item, event->action});
    }
  }
  std::string user, item, action;
  long long number = 0;
  soci::statement select = (sql.prepare << R"(SELECT seq, item, action FROM events WHERE "user" = :user)",
                            soci::use(user), soci::into(number), soci::into(item), soci::into(action));
  soci::statement remove = (sql.prepare << "DELETE FROM events WHERE seq = :number", soci::use(number));
  std::set<std::string> users;
  for (const auto& [name, gone] : of_user) {
    user = name;
    std::vector<long long> numbers;
    select.execute();
    while (select.fetch()) {
      if (gone.contains({item, action})) {
        numbers.push_back(number);
      }
    }
    for (const long long each : numbers) {
      number = each;
      remove.execute(true);
      users.insert(name);
    }
  }
  return users;
}

}  // namespace

Result<std::vector<Appended>> Store::append(std::span<const LiveEvent> events) { return take_in(events, false); }

Result<std::vector<Appended>> Store::replace(std::span<const LiveEvent> events) { return take_in(events, true); }

Result<std::vector<Appended>> Store::take_in(std::span<const LiveEvent> events, bool replaces) {
  return attempt([&]() -> Result<std::vector<Appended>> {
    soci::session& sql = session_->sql;
    Session::Write write(*session_);
    session_->read_forgotten();
    if (!session_->has_run && !events.empty()) {
      session_->begin_run();
    }
    std::vector<Appended> appended;
    std::vector<const LiveEvent*> taken;
    for (const LiveEvent& event : events) {
      const bool is_late = session_->is_late_copy(event);
      appended.push_back(is_late ? Appended::kForgotten : Appended::kKnown);
      taken.push_back(is_late ? nullptr : &event);
    }
    for (const std::string& user : replaces ? delete_equals(sql, taken) : std::set<std::string>()) {
      session_->log_change("events", user);
    }
    Row row;
    soci::statement insert =
        (sql.prepare << fmt::format("INSERT INTO events ({}) VALUES (:id, :user, :item, :action, :value, :time_us, "
                                    ":context) ON CONFLICT DO NOTHING",
                                    kColumns),
         soci::use(row.id, row.id_state), soci::use(row.user), soci::use(row.item), soci::use(row.action),
         soci::use(row.value, row.value_state), soci::use(row.time_us), soci::use(row.context));
    for (size_t i = 0; i < taken.size(); ++i) {
      if (taken[i] != nullptr) {
        row.set(*taken[i]);
        insert.execute(true);
        appended[i] = insert.get_affected_rows() > 0 ? Appended::kNew : Appended::kKnown;
      }
    }
    write.commit();
    session_->has_run = session_->has_run || !events.empty();
    return appended;
  });
}

Result<std::vector<LiveEvent>> Store::events_of(const std::string& user, int64_t limit, int64_t after) {
  return events_where(R"("user")", user, {.after = after, .limit = limit, .newest_first = true});
}

Result<std::vector<LiveEvent>> Store::history_of(const std::string& user, int64_t after, int64_t until) {
  return events_where(R"("user")", user, {.after = after, .until = until});
}

Result<std::vector<LiveEvent>> Store::events_on(const std::string& item, int64_t limit) {
  return events_where("item", item, {.limit = limit, .newest_first = true});
}

Result<std::vector<LiveEvent>> Store::events_where(const char* column, const std::string& value, const Which& which) {
  return attempt([&]() -> Result<std::vector<LiveEvent>> {
    Row row;
    const long long begin = which.after, end = which.until, most = which.limit;
    soci::statement select =
        (session_->sql.prepare << fmt::format(
             "SELECT {} FROM events WHERE {} = :value AND seq > :after AND seq <= :until "
             "ORDER BY seq {} LIMIT :most",
             kColumns, column, which.newest_first ? "DESC" : "ASC"),
         soci::use(value), soci::use(begin), soci::use(end), soci::use(most), soci::into(row.id, row.id_state),
         soci::into(row.user), soci::into(row.item), soci::into(row.action), soci::into(row.value, row.value_state),
         soci::into(row.time_us), soci::into(row.context));
    select.execute();
    std::vector<LiveEvent> events;
    while (select.fetch()) {
      events.push_back(row.get());
    }
    return events;
  });
}

Result<Store::Page> Store::page(int64_t after, int64_t limit, const std::string& action) {
  return attempt([&]() -> Result<Store::Page> {
    Row row;
    long long begin = after, most = limit, number = 0;
    soci::statement select =
        (session_->sql.prepare << fmt::format("SELECT seq, {} FROM events WHERE seq > :after AND (:any = '' OR action "
                                              "= :action) ORDER BY seq LIMIT :most",
                                              kColumns),
         soci::use(begin), soci::use(action), soci::use(action), soci::use(most), soci::into(number),
         soci::into(row.id, row.id_state), soci::into(row.user), soci::into(row.item), soci::into(row.action),
         soci::into(row.value, row.value_state), soci::into(row.time_us), soci::into(row.context));
    select.execute();
    Page page = {.events = {}, .last = after};
    while (select.fetch()) {
      page.events.push_back(row.get());
      page.last = number;
    }
    return page;
  });
}

Result<int64_t> Store::drop_events(const std::string& user, const std::string& item, const std::string& action) {
  return attempt([&]() -> Result<int64_t> {
    Session::Write write(*session_);
    soci::statement remove =
        (session_->sql.prepare << R"(DELETE FROM events WHERE "user" = :user AND item = :item AND )"
                                  R"((:any = '' OR action = :action))",
         soci::use(user), soci::use(item), soci::use(action), soci::use(action));
    remove.execute(true);
    const int64_t dropped = remove.get_affected_rows();
    if (dropped > 0) {
      session_->log_change("events", user);
    }
    write.commit();
    return dropped;
  });
}

Result<int64_t> Store::last_number() {
  return attempt([&]() -> Result<int64_t> {
    long long last = 0;
    session_->sql << "SELECT coalesce(max(seq), 0) FROM events", soci::into(last);
    return last;
  });
}

Result<std::string> Store::uuid() {
  return attempt([&]() -> Result<std::string> {
    std::string uuid;
    session_->sql << "SELECT uuid FROM identity", soci::into(uuid);
    return uuid;
  });
}

Result<StoreMoment> Store::snapshot() {
  HAINA_TRY(std::string store, uuid());
  return attempt([&]() -> Result<StoreMoment> {
    StoreMoment moment = {.store = std::move(store), .snapshot = new_uuid()};
    long long number = 0;
    const long long time_us = now_us();
    soci::transaction transaction(session_->sql);
    session_->lock_appends();
    session_->sql << "INSERT INTO snapshots (id, number, time_us) SELECT :id, coalesce(max(seq), 0), :time_us FROM "
                     "events",
        soci::use(moment.snapshot), soci::use(time_us);
    session_->sql << "SELECT number FROM snapshots WHERE id = :id", soci::use(moment.snapshot), soci::into(number);
    moment.number = number;
    moment.runs = read_runs(session_->sql);
    transaction.commit();
    return moment;
  });
}

Result<bool> Store::has_snapshot(const StoreMoment& moment) {
  return attempt([&]() -> Result<bool> {
    int found = 0;
    const long long number = moment.number;
    session_->sql << "SELECT count(*) FROM snapshots WHERE id = :id AND number = :number", soci::use(moment.snapshot),
        soci::use(number), soci::into(found);
    return found > 0;
  });
}

Status Store::replay(const std::function<void(const LiveEvent&)>& on_event, int64_t after, int64_t until) {
  return attempt(
      [&]() -> Status {
        // In batches, since PostgreSQL's client library holds a whole result in memory.
        constexpr int64_t kBatch = 50'000;
        const long long last = until;
        for (long long begin = after; true;) {
          Row row;
          long long number = 0;
          int64_t rows = 0;
          soci::statement select =
              (session_->sql.prepare << fmt::format(
                   "SELECT seq, {} FROM events WHERE seq > :after AND seq <= :until ORDER BY seq LIMIT {}", kColumns,
                   kBatch),
               soci::use(begin), soci::use(last), soci::into(number), soci::into(row.id, row.id_state),
               soci::into(row.user), soci::into(row.item), soci::into(row.action),
               soci::into(row.value, row.value_state), soci::into(row.time_us), soci::into(row.context));
          select.execute();
          while (select.fetch()) {
            on_event(row.get());
            ++rows;
          }
          if (rows < kBatch) {
            return ok();
          }
          begin = number;
        }
      },
      Takes::kMinutes);
}

}  // namespace haina
