// Which events two copies of a store have in common, although both went on giving numbers after they parted. Each run
// has a random id that is written in the transaction of its first event, so a run that both know has the same events in
// both, up to where either of them began another one.
#include "store/runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "store/session.h"

namespace haina {
namespace {

constexpr int kMostRuns = 1000;  // that a training records: 60 bytes each

}  // namespace

std::vector<StoreRun> read_runs(soci::session& sql) {
  std::string id;
  long long first = 0;
  soci::statement select =
      (sql.prepare << fmt::format("SELECT id, first FROM runs ORDER BY first DESC LIMIT {}", kMostRuns), soci::into(id),
       soci::into(first));
  select.execute();
  std::vector<StoreRun> runs;
  while (select.fetch()) {
    runs.push_back({.id = id, .first = first});
  }
  std::ranges::reverse(runs);
  return runs;
}

void Store::Session::begin_run() {
  const std::string id = new_uuid();
  sql << "DELETE FROM runs WHERE first > (SELECT coalesce(max(seq), 0) FROM events)";
  sql << "INSERT INTO runs (id, first) SELECT :id, coalesce(max(seq), 0) + 1 FROM events", soci::use(id);
}

Status Store::begin_run() {
  return attempt([&]() -> Status {
    Session::Write write(*session_);
    session_->begin_run();
    write.commit();
    session_->has_run = true;
    return ok();
  });
}

Result<std::optional<int64_t>> Store::same_until(const StoreMoment& moment) {
  return attempt([&]() -> Result<std::optional<int64_t>> {
    soci::transaction transaction(session_->sql);
    const std::vector<StoreRun> own = read_runs(session_->sql);
    long long last = 0;
    session_->sql << "SELECT coalesce(max(seq), 0) FROM events", soci::into(last);
    transaction.commit();
    for (size_t i = moment.runs.size(); i-- > 0;) {
      const StoreRun& run = moment.runs[i];
      const auto found = std::ranges::find_if(
          own, [&](const StoreRun& other) { return other.id == run.id && other.first == run.first; });
      if (found == own.end()) {
        continue;
      }
      const int64_t end_there = i + 1 < moment.runs.size() ? moment.runs[i + 1].first - 1 : moment.number;
      const int64_t end_here = found + 1 != own.end() ? (found + 1)->first - 1 : int64_t{last};
      return std::optional(std::min(end_there, end_here));
    }
    return std::optional<int64_t>();
  });
}

Result<std::vector<std::string>> Store::users_with_events() {
  return list(R"(SELECT DISTINCT "user" FROM events)", Takes::kMinutes);
}

}  // namespace haina
