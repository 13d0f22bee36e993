// The database of a running service: events, items, users, rules, keys, and the lists that were shown.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "store/keys.h"

namespace haina {

struct LiveEvent {
  std::string id = {};  // given by the sender, so that a retry counts once; empty: none
  std::string user = {}, item = {}, action = {};
  std::optional<double> value = {};
  int64_t time_us = 0;         // since 1970 UTC
  std::string context = "{}";  // a JSON object
};

// The latest description of an item, a user or a rule.
struct Entity {
  std::string kind;  // "item" | "user" | "rule"
  std::string id;
  std::string document;  // a JSON object
  int64_t time_us = 0;
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

// A moment in the life of a store: what a training from it has read. The store remembers its snapshots, so a backup
// that is older than the moment, and any other store, is known by not having it.
struct StoreMoment {
  std::string store;     // the store's UUID
  std::string snapshot;  // the moment's own
  int64_t number = 0;    // of the newest event that there was
};

// One session of one database: one thread at a time. Every function returns kIo if the database fails.
class Store {
 public:
  // "sqlite://PATH", a file that is created if missing, or "postgresql://USER@HOST/DATABASE". Creates missing tables,
  // and upgrades those of earlier releases in one transaction. kInvalidArgument for another scheme, kBadData if the
  // database holds something else or a newer version's tables.
  static Result<Store> open(const std::string& url);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // Appends all events durably, or none. Returns for each whether it is new: an event with a known id is not.
  Result<std::vector<bool>> append(std::span<const LiveEvent> events);
  // Deletes every event that has user, item and action of one of these, then appends these: all of it durably, or
  // nothing. Returns what append returns. O(events that these users have).
  Result<std::vector<bool>> replace(std::span<const LiveEvent> events);
  // A user's newest events with a number above `after`, newest first. Numbers rise from 1; none is given twice, also
  // after its event was deleted.
  Result<std::vector<LiveEvent>> events_of(const std::string& user, int64_t limit, int64_t after = 0);
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
  Result<std::vector<ApiKey>> keys();  // by name
  // Whether a key was added since the store was made or forget_keys_were_used() was called: then a service without keys
  // lets nobody in. kInvalidArgument if there are keys.
  Result<bool> has_had_keys();
  Status forget_keys_were_used();
  // Hidden items are in no list. Forgetting a user deletes the user's events, lists and profile and overwrites them on
  // the disk. Durable on return; repeating a call changes nothing.
  Status hide_item(const std::string& item);
  Status show_item(const std::string& item);
  Status forget_user(const std::string& user);
  Result<std::vector<std::string>> hidden_items();
  Result<std::vector<std::string>> forgotten_users();
  // Stores all entities, or none; replaces those of the same kind and id.
  Status put(std::span<const Entity> entities);
  Status drop(const std::string& kind, const std::string& id);
  Result<std::vector<Entity>> entities(const std::string& kind);  // by id
  Result<std::optional<Entity>> entity(const std::string& kind, const std::string& id);
  Status add_impressions(std::span<const Impression> impressions);
  Status add_feedback(std::span<const Feedback> feedback);
  // The newest ones, in the order oldest first.
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
  // Whether other servers may write to the same database. If so, changes() grows whenever one of them changes anything
  // other than events.
  bool is_shared() const;
  Result<int64_t> changes();
  Result<int64_t> bytes();  // that the database takes on the disk

 private:
  struct Session;
  Status count_change();
  tl::unexpected<Error> failed(const std::exception& error);
  enum class Takes { kSeconds, kMinutes };
  template <class Task>
  auto attempt(const Task& task, Takes takes = Takes::kSeconds) -> decltype(task());
  Result<std::vector<bool>> write(std::span<const LiveEvent> events, bool replaces);
  Result<std::vector<LiveEvent>> newest_where(const char* column, const std::string& value, int64_t limit,
                                              int64_t after);
  Status overwrite_deleted();
  Status change(const std::string& sql, const std::string& value);
  Result<std::vector<std::string>> list(const std::string& sql);
  explicit Store(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

}  // namespace haina
