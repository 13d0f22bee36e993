#include "engine/replay_start.h"

#include <fmt/format.h>

#include <optional>

#include "store/moment_json.h"

namespace haina {
namespace {

// Enough of a UUID to tell two stores apart.
std::string short_name(const std::string& uuid) { return uuid.substr(0, 8); }

// See ReplayStart. Reads all users only where one is missing among the store's forgotten ones. Those with another salt
// were forgotten in another store, or in the project alone.
Result<std::vector<std::string>> users_who_came_back(const HashedNames& gone, Store& store) {
  HAINA_TRY(const HashedNames forgotten, store.forgotten_users());
  const HashedNames unknown = later_than(forgotten, gone);
  HashedNames missing;
  for (const auto& [key, time_us] : unknown.times()) {
    if (key.starts_with(store.salt() + ":")) {
      missing.add(key, time_us);
    }
  }
  if (missing.empty()) {
    return std::vector<std::string>();
  }
  HAINA_TRY(std::vector<std::string> users, store.users_with_events());
  std::erase_if(users, [&](const std::string& user) { return !missing.contains(user); });
  return users;
}

}  // namespace

Result<ReplayStart> replay_start(const nlohmann::json& about, Store& store, const HashedNames& gone) {
  const nlohmann::json trained = about.value("store", nlohmann::json());
  if (!trained.is_object()) {
    return ReplayStart{};
  }
  const StoreMoment moment = moment_of(trained);
  if (moment.store.empty()) {
    return ReplayStart{.why_all = "it was trained by an earlier release, which did not record from which store"};
  }
  if (moment.runs.empty()) {  // of a release that did not record them
    HAINA_TRY(const bool same, store.has_snapshot(moment));
    if (same) {
      return ReplayStart{.number = moment.number};
    }
  }
  HAINA_TRY(const std::optional<int64_t> same, store.same_until(moment));
  HAINA_TRY(const int64_t last, store.last_number());
  if (same) {
    ReplayStart start = {.number = *same};
    if (*same < moment.number && *same < last) {
      start.note = fmt::format(
          "the store was restored from a backup made before the training: of the events that the "
          "version was trained on, those up to {} are in the store",
          *same);
    }
    HAINA_TRY(start.came_back, users_who_came_back(gone, store));
    return start;
  }
  HAINA_TRY(const std::string uuid, store.uuid());
  if (uuid != moment.store) {
    return ReplayStart{.why_all = fmt::format("it was trained from another store ({}…; this one is {}…)",
                                              short_name(moment.store), short_name(uuid))};
  }
  return ReplayStart{.why_all = fmt::format("the store is a copy made before the training: the version was trained up "
                                            "to event {}, and the store has events up to {} of another course",
                                            moment.number, last)};
}

}  // namespace haina
