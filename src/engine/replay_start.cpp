#include "engine/replay_start.h"

#include <fmt/format.h>

#include "store/moment_json.h"

namespace haina {
namespace {

// Enough of a UUID to tell two stores apart.
std::string short_name(const std::string& uuid) { return uuid.substr(0, 8); }

}  // namespace

Result<ReplayStart> replay_start(const nlohmann::json& about, Store& store) {
  const nlohmann::json trained = about.value("store", nlohmann::json());
  if (!trained.is_object()) {
    return ReplayStart{};
  }
  const StoreMoment moment = moment_of(trained);
  if (moment.store.empty()) {
    return ReplayStart{.why_all = "it was trained by an earlier release, which did not record from which store"};
  }
  HAINA_TRY(const std::string uuid, store.uuid());
  HAINA_TRY(const bool same, store.has_snapshot(moment));
  if (same) {
    return ReplayStart{.number = moment.number};
  }
  if (uuid != moment.store) {
    return ReplayStart{.why_all = fmt::format("it was trained from another store ({}…; this one is {}…)",
                                              short_name(moment.store), short_name(uuid))};
  }
  HAINA_TRY(const int64_t last, store.last_number());
  return ReplayStart{.why_all = fmt::format("the store is a copy made before the training: the version was trained up "
                                            "to event {}, and the store has events up to {} of another course",
                                            moment.number, last)};
}

}  // namespace haina
