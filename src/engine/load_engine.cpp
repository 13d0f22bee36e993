// A version with everything that the store holds beside it: what a start and a swap begin with.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "data/forget_users.h"
#include "engine/follower.h"
#include "engine/replay_start.h"
#include "engine/version_manager.h"
#include "model/versions.h"

namespace haina {

Result<Replayed> load_engine(const Config& config, const std::string& version, Store& store) {
  HAINA_TRY(Loaded loaded, load_version(config, version));
  HAINA_TRY(const ReplayStart start, replay_start(loaded.model.about, store, forgotten_in(loaded.dataset)));
  const int64_t trained = start.number;
  HAINA_TRY(Engine made, Engine::make(config, std::move(loaded.dataset), std::move(loaded.model), trained));
  Replayed replayed = {.engine = std::make_shared<Engine>(std::move(made))};
  HAINA_TRY(replayed.number, store.last_number());
  HAINA_TRY(replayed.change, store.last_change());
  HAINA_TRY(HashedNames forgotten, store.forgotten_users());
  std::vector<std::string> names = replayed.engine->forget_all(std::move(forgotten));
  std::set<std::string> detached(names.begin(), names.end());
  for (const std::string& user : start.came_back) {
    if (detached.insert(user).second) {
      replayed.engine->forget(user);
      names.push_back(user);
    }
  }
  HAINA_OK(apply_entities(store, *replayed.engine));  // before the events, which may be of added items
  const auto learn = [&](const LiveEvent& event) {
    replayed.engine->learn(event);
    ++replayed.events;
  };
  // Nothing prepared belongs to these users any more: all events of theirs that are stored are learned, whatever their
  // numbers.
  for (const std::string& user : trained > 0 ? names : std::vector<std::string>()) {
    HAINA_TRY(const std::vector<LiveEvent> events, store.history_of(user, 0, replayed.number));
    std::ranges::for_each(events, learn);
  }
  HAINA_OK(store.replay(
      [&](const LiveEvent& event) {
        if (trained == 0 || !detached.contains(event.user)) {
          learn(event);
        }
      },
      trained, replayed.number));
  replayed.engine->place_adopted(Engine::Place::kAll);
  if (!start.note.empty()) {
    log_info(
        fmt::format("version {}: {}; the others are learned now, {} in all", version, start.note, replayed.events));
  }
  if (!start.why_all.empty()) {
    log_warning(
        fmt::format("version {}: {}; all {} events of the store are learned again\n  hint: haina train "
                    "--from-store makes a version that knows this store",
                    version, start.why_all, replayed.events));
  }
  return replayed;
}

}  // namespace haina
