// The keys that a store holds: read, given another secret, marked as used.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "store/session.h"

namespace haina {

Result<std::vector<ApiKey>> Store::keys() {
  return attempt([&]() -> Result<std::vector<ApiKey>> {
    ApiKey row;
    std::string scope;
    long long created = 0, expires = 0, used = 0, old_until = 0;
    soci::statement select =
        (session_->sql.prepare << "SELECT name, scope, hash, tenant, created_us, expires_us, used_day, old_hash, "
                                  "old_until_us FROM keys ORDER BY name",
         soci::into(row.name), soci::into(scope), soci::into(row.hash), soci::into(row.tenant), soci::into(created),
         soci::into(expires), soci::into(used), soci::into(row.old_hash), soci::into(old_until));
    select.execute();
    std::vector<ApiKey> keys;
    while (select.fetch()) {
      HAINA_TRY(row.scope, parse_scope(scope));
      row.created_us = created;
      row.expires_us = expires;
      row.used_day = used;
      row.old_until_us = old_until;
      keys.push_back(row);
    }
    return keys;
  });
}

Status Store::rotate_key(const std::string& name, const std::string& hash, int64_t old_until_us) {
  return attempt([&]() -> Status {
    const long long until = old_until_us;
    soci::statement update =
        (session_->sql.prepare << "UPDATE keys SET old_hash = hash, old_until_us = :until, hash = :hash WHERE name = "
                                  ":name",
         soci::use(until), soci::use(hash), soci::use(name));
    update.execute(true);
    if (update.get_affected_rows() == 0) {
      return fail({ErrorCode::kNotFound, fmt::format("no key is named '{}'", name), "name",
                   "haina keys list shows their names"});
    }
    return ok();
  });
}

Status Store::note_key_use(const std::string& name, int64_t day) {
  return attempt([&]() -> Status {
    const long long used = day;
    session_->sql << "UPDATE keys SET used_day = :day WHERE name = :name AND used_day < :day_again", soci::use(used),
        soci::use(name), soci::use(used);
    return ok();
  });
}

}  // namespace haina
