// What comes in while serving, kept for good before it is acknowledged.
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
  std::string id = {};  // the sender's, so that a retry counts once; empty: none
  std::string user = {}, item = {}, action = {};
  std::optional<double> value = {};
  int64_t time_us = 0;         // since 1970 UTC
  std::string context = "{}";  // a JSON object
};

// What was said of an item or a user beyond events, and rules: one JSON object a name, the newest counts.
struct Entity {
  std::string kind;  // "item" | "user" | "rule"
  std::string id;
  std::string document;  // a JSON object
  int64_t time_us = 0;
};

// A list as someone got it.
struct Impression {
  std::string list, user, model;
  std::string items;  // a JSON array of item ids, in order
  int64_t time_us = 0;
};

// What came of it.
struct Feedback {
  std::string list, user;
  std::string item;  // empty: the list as a whole
  std::string kind;  // click | like | dislike | dwell (seconds) | rating (1 to 5)
  double value = 0;
  int64_t time_us = 0;
};

// One database. Every call opens no more than the session it has: one thread at a time.
class Store {
 public:
  // "sqlite://PATH": made where there is none; "postgresql://USER@HOST/DATABASE": tables are made where there are none.
  // kInvalidArgument for another scheme, kBadData where it is no store of ours, kIo where it cannot be opened.
  static Result<Store> open(const std::string& url);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // All of them, durable on return, or none. For each whether it is new: not where an event of its id is there already.
  Result<std::vector<bool>> append(std::span<const LiveEvent> events);
  // A user's newest events with a number above `after`, newest first.
  Result<std::vector<LiveEvent>> events_of(const std::string& user, int64_t limit, int64_t after = 0);
  // Of an item, newest first; all events are looked through.
  Result<std::vector<LiveEvent>> events_on(const std::string& item, int64_t limit);
  // In the order of their numbers, the first one above `after`; with the number of the last one given.
  struct Page {
    std::vector<LiveEvent> events;
    int64_t last = 0;
  };
  Result<Page> page(int64_t after, int64_t limit, const std::string& action);
  // Those of one action (all where it is empty) of that user with that item, for good.
  Result<int64_t> drop_events(const std::string& user, const std::string& item, const std::string& action);
  // kInvalidArgument where the name is taken; kNotFound where there is none of that name.
  Status add_key(const ApiKey& key);
  Status revoke_key(const std::string& name);
  Result<std::vector<ApiKey>> keys();  // by name
  // Items that no list may hold, until they are shown again; and users of whom nothing may be known from before: their
  // events, lists and profile are deleted, and overwritten on the disk. Durable on return; doing it again changes
  // nothing.
  Status hide_item(const std::string& item);
  Status show_item(const std::string& item);
  Status forget_user(const std::string& user);
  Result<std::vector<std::string>> hidden_items();
  Result<std::vector<std::string>> forgotten_users();
  // All of them, or none; one of the same kind and id is replaced.
  Status put(std::span<const Entity> entities);
  Status drop(const std::string& kind, const std::string& id);
  Result<std::vector<Entity>> entities(const std::string& kind);  // by id
  Result<std::optional<Entity>> entity(const std::string& kind, const std::string& id);
  Status add_impressions(std::span<const Impression> impressions);
  Status add_feedback(std::span<const Feedback> feedback);
  // The newest, oldest first.
  Result<std::vector<Impression>> impressions(int64_t most);
  Result<std::vector<Feedback>> feedback(int64_t most);
  // Every event with a number above `after` and up to `until`, in the order in which they were appended.
  Status replay(const std::function<void(const LiveEvent&)>& on_event, int64_t after = 0,
                int64_t until = std::numeric_limits<int64_t>::max());
  Result<int64_t> last_number();  // of the newest event; 0: there is none
  // Whether other servers may write to it as well; then changes() grows with everything beside events that any of them
  // puts, drops, hides, shows or forgets.
  bool is_shared() const;
  Result<int64_t> changes();

 private:
  struct Session;
  Status prepare();
  Status count_change();
  tl::unexpected<Error> failed(const std::exception& error);
  template <class Task>
  auto attempt(const Task& task) -> decltype(task());
  Result<std::vector<LiveEvent>> newest_where(const char* column, const std::string& value, int64_t limit,
                                              int64_t after);
  Status overwrite_deleted();
  Status change(const std::string& sql, const std::string& value);
  Result<std::vector<std::string>> list(const std::string& sql);
  explicit Store(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

}  // namespace haina
