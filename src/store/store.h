// What comes in while serving, kept for good before it is acknowledged.
#pragma once

#include <cstdint>
#include <functional>
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

// One database. Every call opens no more than the session it has: one thread at a time.
class Store {
 public:
  // "sqlite://PATH": made where there is none. kInvalidArgument for another scheme, kBadData where the file is no store
  // of ours, kIo where it cannot be opened.
  static Result<Store> open(const std::string& url);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // All of them, durable on return, or none. For each whether it is new: not where an event of its id is there already.
  Result<std::vector<bool>> append(std::span<const LiveEvent> events);
  // A user's newest events, newest first.
  Result<std::vector<LiveEvent>> events_of(const std::string& user, int64_t limit);
  // kInvalidArgument where the name is taken; kNotFound where there is none of that name.
  Status add_key(const ApiKey& key);
  Status revoke_key(const std::string& name);
  Result<std::vector<ApiKey>> keys();  // by name
  // Items that no list may hold, until they are shown again; and users of whom nothing may be known from before: their
  // events are deleted, and overwritten on the disk. Durable on return; doing it again changes nothing.
  Status hide_item(const std::string& item);
  Status show_item(const std::string& item);
  Status forget_user(const std::string& user);
  Result<std::vector<std::string>> hidden_items();
  Result<std::vector<std::string>> forgotten_users();
  // Every event, in the order in which they were appended.
  Status replay(const std::function<void(const LiveEvent&)>& on_event);

 private:
  struct Session;
  Status change(const std::string& sql, const std::string& value);
  Result<std::vector<std::string>> list(const std::string& sql);
  explicit Store(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

}  // namespace haina
