// The log of changes by which servers that share a store follow each other. It holds the latest kMostKept; a server
// that is further behind looks at everything.
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/session.h"

namespace haina {
namespace {

constexpr long long kMostKept = 100'000;
constexpr int64_t kLookEvery = 1000;  // changes of a session, for what is to be deleted

}  // namespace

void Store::Session::log_change(const char* what, const std::string& id) {
  const std::string changed = what;
  sql << "INSERT INTO changes (kind, id, origin) VALUES (:kind, :id, :origin)", soci::use(changed), soci::use(id),
      soci::use(origin);
  if (++changes_logged_ % kLookEvery == 0) {
    sql << "DELETE FROM changes WHERE seq <= (SELECT max(seq) FROM changes) - :most", soci::use(kMostKept);
  }
}

Status Store::change(const std::string& sql, const std::string& value, const char* kind) {
  return attempt([&]() -> Status {
    Session::Write write(*session_);
    session_->sql << sql, soci::use(value);
    session_->log_change(kind, value);
    write.commit();
    return ok();
  });
}

Result<int64_t> Store::last_change() {
  return attempt([&]() -> Result<int64_t> {
    long long last = 0;
    session_->sql << "SELECT coalesce(max(seq), 0) FROM changes", soci::into(last);
    return last;
  });
}

Result<std::optional<std::vector<Change>>> Store::changes_of_others(int64_t after, int64_t& last) {
  return attempt([&]() -> Result<std::optional<std::vector<Change>>> {
    long long number = 0, first = 0;
    const long long begin = after;
    // Forgetting deletes rows that name the user: gaps are no loss, a log that begins later is.
    session_->sql << "SELECT coalesce(min(seq), 0), coalesce(max(seq), 0) FROM changes", soci::into(first),
        soci::into(number);
    if (number < after || (number - after > kMostKept && first > after + 1)) {
      last = number;
      return std::nullopt;
    }
    std::string kind, id, origin;
    soci::statement select =
        (session_->sql.prepare << "SELECT seq, kind, id, origin FROM changes WHERE seq > :after ORDER BY seq",
         soci::use(begin), soci::into(number), soci::into(kind), soci::into(id), soci::into(origin));
    select.execute();
    std::vector<Change> changes;
    std::set<std::pair<std::string, std::string>> known;
    last = after;
    while (select.fetch()) {
      last = number;
      if (origin != session_->origin && known.emplace(kind, id).second) {
        changes.push_back({.number = number, .kind = kind, .id = id});
      }
    }
    return std::optional(std::move(changes));
  });
}

}  // namespace haina
