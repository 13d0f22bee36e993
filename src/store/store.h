// The database of a running service: events, items, users, rules, keys, and the lists that were shown.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/hashed_names.h"
#include "store/keys.h"

namespace haina {

struct LiveEvent {
  std::string id = {};  // given by the sender, so that a retry counts once; empty: none
  std::string user = {}, item = {}, action = {};
  std::optional<double> value = {};
  int64_t time_us = 0;         // since 1970 UTC
  std::string context = "{}";  // a JSON object
};

// Begins event ids that are made of what the event says, not given to one sending: the same one may come again.
inline constexpr std::string_view kContentId = "gorse ";

// What became of an event that was handed in.
enum class Appended : uint8_t {
  kNew,
  kKnown,      // its id is stored already
  kForgotten,  // not stored: not later than its user's forgetting, or sent under an id that was deleted then
};

// The latest description of an item, a user or a rule.
struct Entity {
  std::string kind;  // "item" | "user" | "rule"
  std::string id;
  std::string document;  // a JSON object
  int64_t time_us = 0;
  std::optional<bool> hidden =
      {};  // of an item that is put: whether lists leave it out from now on; nothing: as before
};

// A list as a user got it.
struct Impression {
  std::string list, user, model;
  std::string items;  // a JSON array of item ids, in order
  int64_t time_us = 0;
};

// What the user did with it.
struct Feedback {
  std::string list, user;
  std::string item;  // empty: the list as a whole
  std::string kind;  // click | like | dislike | dwell (seconds) | rating (1 to 5)
  double value = 0;
  int64_t time_us = 0;
};

// A stretch of a store's life. It begins when a session appends for the first time, and when a backup is restored, so
// two stores that have a run in common have had the same events in it, up to where the first of them ended it.
struct StoreRun {
  std::string id;     // random
  int64_t first = 1;  // no event of the run has a lower number
};

// A moment in the life of a store: what a training from it has read.
struct StoreMoment {
  std::string store;                // the store's UUID
  std::string snapshot;             // the moment's own
  int64_t number = 0;               // of the newest event that there was
  std::vector<StoreRun> runs = {};  // the newest ones, in order; empty in what earlier releases recorded
};

// A change of anything other than events being added, so that servers that share a store learn of it. It says what has
// changed, not how: whoever reads it looks at what the store holds now, so that all end at the same state.
struct Change {
  int64_t number = 0;  // rises in the order of commits
  // "item" | "user" | "rule": the entity. "hidden": whether the item is. "events": of the user, some were deleted.
  // "forget": the user with that key of Store::forgotten_users.
  std::string kind;
  std::string id;
};

// What forgetting a user deleted.
struct Forgotten {
  int64_t events = 0, lists = 0, feedback = 0, profiles = 0, friendships = 0;
  int64_t time_us = 0;       // events of the user up to this time are not stored any more
  bool overwritten = false;  // whether nothing of it is left in the database's own files, see overwrite_deleted
};

// One session of one database: one thread at a time. Every function returns kIo if the database fails.
class Store {
 public:
  // "sqlite://PATH", a file that is created if missing, or "postgresql://USER@HOST/DATABASE". Creates missing tables,
  // and upgrades those of earlier releases in one transaction. kInvalidArgument for another scheme, kBadData if the
  // database holds something else or a newer version's tables.
  static Result<Store> open(const std::string& url);
  static Result<Store> open_existing(const std::string& url);  // kNotFound where that would make an SQLite file
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // Appends all events durably, or none; those of forgotten users are left out, see Appended. Returns what became of
  // each.
  Result<std::vector<Appended>> append(std::span<const LiveEvent> events);
  // Deletes every event that has user, item and action of one of these, then appends these: all of it durably, or
  // nothing. One that append would leave out replaces nothing. Returns what append returns. O(events that these users
  // have).
  Result<std::vector<Appended>> replace(std::span<const LiveEvent> events);
  // A user's newest events with a number above `after`, newest first. Numbers rise from 1; none is given twice, also
  // after its event was deleted.
  Result<std::vector<LiveEvent>> events_of(const std::string& user, int64_t limit, int64_t after = 0);
  // All of a user's events with a number above `after` and up to `until`, oldest first.
  Result<std::vector<LiveEvent>> history_of(const std::string& user, int64_t after,
                                            int64_t until = std::numeric_limits<int64_t>::max());
  // An item's newest events, newest first. Scans the table: there is no index by item.
  Result<std::vector<LiveEvent>> events_on(const std::string& item, int64_t limit);
  // Up to `limit` events with a number above `after` in the order of their numbers; `last` is the last one's number.
  // action: empty for all.
  struct Page {
    std::vector<LiveEvent> events;
    int64_t last = 0;
  };
  Result<Page> page(int64_t after, int64_t limit, const std::string& action);
  // Deletes a user's events with an item, of one action or of all (empty); returns how many.
  Result<int64_t> drop_events(const std::string& user, const std::string& item, const std::string& action);
  // kInvalidArgument if the name is taken or the tenant has a colon; kNotFound if there is no key of that name.
  Status add_key(const ApiKey& key);
  Status revoke_key(const std::string& name);
  // The key gets another secret; the one before stays valid until `old_until_us`. kNotFound as above.
  Status rotate_key(const std::string& name, const std::string& hash, int64_t old_until_us);
  Status note_key_use(const std::string& name, int64_t day);  // day: since 1970 UTC
  Result<std::vector<ApiKey>> keys();                         // by name
  // Whether a key was added since the store was made or forget_keys_were_used() was called: then a service without keys
  // lets nobody in. kInvalidArgument if there are keys.
  Result<bool> has_had_keys();
  Status forget_keys_were_used();
  // Hidden items are in no list.
  Status hide_item(const std::string& item);
  Status show_item(const std::string& item);
  Result<std::vector<std::string>> hidden_items();
  // Deletes the user's events, lists, feedback and profile, and the user from the friends of others. Keeps when, and a
  // salted hash of the user's id and of the ids of the deleted events, so that none of it is stored again. All of it is
  // durable on return.
  Result<Forgotten> forget_user(const std::string& user);
  Result<HashedNames> forgotten_users();
  Result<std::vector<std::string>> refused_ids();  // the hashes of the ids of the deleted events
  // Forgets whom another store had forgotten, as of the times given there: deletes what there is of them, and keeps
  // late copies out. ids: its refused_ids().
  Status forget_all(const HashedNames& names, const std::vector<std::string>& ids);
  // Of those hashes: the same for all servers of the store. It stands before each hash, so also in the project's files.
  const std::string& salt() const;
  // Whether deleted rows may still be in the database's files.
  Result<bool> has_deleted_left();
  // Takes deleted rows out of them: SQLite's write-ahead log is written back and emptied (the rows themselves were
  // overwritten when they were deleted); PostgreSQL vacuums the tables, which can take long. Returns false where a
  // reader of an SQLite file prevents that: to be tried again. Waits at most 0.2 s for readers.
  Result<bool> overwrite_deleted();
  // The places in the store that hold that text as a user's id: "events: 3 rows".
  Result<std::vector<std::string>> places_of(const std::string& user);
  // Stores all entities with what hides or shows them, or none; replaces those of the same kind and id.
  Status put(std::span<const Entity> entities);
  Status drop(const std::string& kind, const std::string& id);
  // Items in the order in which they were added, others by id.
  Result<std::vector<Entity>> entities(const std::string& kind);
  Result<std::optional<Entity>> entity(const std::string& kind, const std::string& id);
  Status add_impressions(std::span<const Impression> impressions);
  Status add_feedback(std::span<const Feedback> feedback);
  // The newest ones, in the order oldest first; fewer of them where their items would take more than kMostListBytes.
  static constexpr size_t kMostListBytes = 64 << 20;
  Result<std::vector<Impression>> impressions(int64_t limit);
  Result<std::vector<Feedback>> feedback(int64_t limit);
  // Calls on_event for every event with a number above `after` and up to `until`, in the order of their numbers.
  Status replay(const std::function<void(const LiveEvent&)>& on_event, int64_t after = 0,
                int64_t until = std::numeric_limits<int64_t>::max());
  Result<int64_t> last_number();  // of the newest event; 0 if there is none
  Result<std::string> uuid();     // made with the store; a copy has the same
  // Remembers this moment: every event with a number up to its `number` is durable, and all later ones get higher ones.
  Result<StoreMoment> snapshot();
  // Whether the store has lived through that moment.
  Result<bool> has_snapshot(const StoreMoment& moment);
  // The number up to which this store and the moment's had the same events given: each event of this store with a
  // number up to it was there at the moment, unless its user had been forgotten. nullopt where they have no run in
  // common.
  Result<std::optional<int64_t>> same_until(const StoreMoment& moment);
  Result<std::vector<std::string>> users_with_events();
  // From here on this store goes its own way: what was copied from it, or it from, has no later event in common with
  // it. append does it by itself, once a session; a restored backup needs it before anybody reads the store.
  Status begin_run();
  // Writes everything into a new SQLite file, as of one moment, while others go on writing. kIo where it exists.
  Status write_copy(const std::string& path);
  // Replaces everything here by what the SQLite file of write_copy holds, numbers and UUID included, or changes
  // nothing. No other session may be open.
  Status fill_from(const std::string& path);
  // Whether nothing was ever stored here.
  Result<bool> is_empty();
  // How many other sessions of Haina are connected to a database server; 0 for SQLite.
  Result<int64_t> other_sessions();
  // Deletes events older than `before_us` among the `most` events with numbers above `after`. One bounded step of a
  // walk over the table.
  struct Dropped {
    int64_t rows = 0;  // deleted
    int64_t last = 0;  // number of the last event looked at; equals `after` at the end of the table
  };
  Result<Dropped> drop_old_events(int64_t before_us, int64_t after, int64_t most);
  // Deletes up to `most` of the oldest impressions, and of the oldest feedback, that are older than `before_us` or
  // beyond the `newest` newest ones; returns how many.
  Result<int64_t> drop_old_lists(int64_t before_us, int64_t newest, int64_t most);
  bool is_shared() const;   // whether other servers may write to the same database
  Result<int64_t> bytes();  // that the database takes on the disk
  // Number of the latest change; 0 if there was none.
  Result<int64_t> last_change();
  // Changes with a number above `after` that other sessions made, in the order of their numbers, each (kind, id) once.
  // nullopt where the store does not have all of them any more: then everything may have changed. `last` becomes the
  // number of the latest change, one's own included.
  Result<std::optional<std::vector<Change>>> changes_of_others(int64_t after, int64_t& last);

 private:
  struct Session;
  tl::unexpected<Error> failed(const std::exception& error);
  enum class Takes { kSeconds, kMinutes };
  template <class Task>
  auto attempt(const Task& task, Takes takes = Takes::kSeconds) -> decltype(task());
  Result<std::vector<Appended>> take_in(std::span<const LiveEvent> events, bool replaces);
  // Events with a number above `after` and up to `until`.
  struct Which {
    int64_t after = 0, until = std::numeric_limits<int64_t>::max(), limit = std::numeric_limits<int64_t>::max();
    bool newest_first = false;
  };
  Result<std::vector<LiveEvent>> events_where(const char* column, const std::string& value, const Which& which);
  // Runs one statement with one value, and logs the change of `kind` with that value as its id.
  Status change(const std::string& sql, const std::string& value, const char* kind);
  Result<std::vector<std::string>> list(const std::string& sql, Takes takes = Takes::kSeconds);
  explicit Store(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

}  // namespace haina
