// What a store drops with time, in bounded steps: a step looks at so many rows in the order of their numbers, so it
// needs no index by time, and whoever waits for a commit waits for one step at most.
#include <fmt/format.h>

#include <string>

#include "store/session.h"

namespace haina {

Result<Store::Dropped> Store::drop_old_events(int64_t before_us, int64_t after, int64_t most) {
  return attempt([&]() -> Result<Dropped> {
    const long long begin = after, limit = most, before = before_us;
    long long last = after;
    session_->sql << "SELECT coalesce(max(seq), :begin) FROM (SELECT seq FROM events WHERE seq > :after ORDER BY seq "
                     "LIMIT :most) AS step",
        soci::use(begin), soci::use(begin), soci::use(limit), soci::into(last);
    soci::statement remove =
        (session_->sql.prepare << "DELETE FROM events WHERE seq > :after AND seq <= :last AND time_us < :before",
         soci::use(begin), soci::use(last), soci::use(before));
    remove.execute(true);
    return Dropped{.rows = remove.get_affected_rows(), .last = last};
  });
}

Result<int64_t> Store::drop_old_lists(int64_t before_us, int64_t newest, int64_t most) {
  return attempt([&]() -> Result<int64_t> {
    const long long before = before_us, kept = newest, limit = most;
    int64_t rows = 0;
    soci::transaction transaction(session_->sql);
    for (const char* const table : {"impressions", "feedback"}) {
      soci::statement remove =
          (session_->sql.prepare << fmt::format(
               "DELETE FROM {0} WHERE seq IN (SELECT seq FROM {0} ORDER BY seq LIMIT :most) AND (time_us < :before OR "
               "seq <= (SELECT max(seq) FROM {0}) - :kept)",
               table),
           soci::use(limit), soci::use(before), soci::use(kept));
      remove.execute(true);
      rows += remove.get_affected_rows();
    }
    transaction.commit();
    return rows;
  });
}

}  // namespace haina
