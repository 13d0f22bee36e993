// The JSON of events, as clients send and read them.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace haina {

inline constexpr size_t kMostEvents = 10'000;  // in a request

// Parses {"events": [{"user", "item", "action"?, "value"?, "time"?, "id"?, "context"?}]}. Ids are text or whole
// numbers, time is ISO 8601 or seconds since 1970 (default: now), value is a finite number. One invalid event fails all
// of them; Error::at names it, "events[3].user". kBadData if the body is not JSON, else kInvalidArgument.
Result<std::vector<LiveEvent>> parse_events(std::string_view body);
// The same event objects, one on each line (application/x-ndjson); Error::at names the line.
Result<std::vector<LiveEvent>> parse_event_lines(std::string_view body);
// As clients sent it: without what stored_id added.
nlohmann::json to_json(const LiveEvent& event);
// The id under which the store keeps an event of a tenant, so that two tenants' "order-1" are two events. An id of no
// tenant, and no id, stay as they are.
std::string stored_id(const std::string& id, const std::string& tenant);

}  // namespace haina
