// Events as clients send and read them.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace haina {

constexpr size_t kMostEvents = 10'000;  // a request

// {"events": [{"user", "item", "action"?, "value"?, "time"?, "id"?, "context"?}]}: ids are text or whole numbers, time
// is ISO 8601 or seconds since 1970 (missing: now), value a finite number. One bad event refuses all of them: at names
// it, "events[3].user". kBadData where it is no JSON, kInvalidArgument else.
Result<std::vector<LiveEvent>> parse_events(std::string_view body);
// The same objects one a line (application/x-ndjson); at names the line.
Result<std::vector<LiveEvent>> parse_event_lines(std::string_view body);
nlohmann::json to_json(const LiveEvent& event);

}  // namespace haina
