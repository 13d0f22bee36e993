// Reads bytes as every kind of body that a route takes, and checks what is promised of events that are accepted. Shared
// by the fuzzers and by the tests that replay their corpus.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/utf8.h"
#include "config/rule.h"
#include "engine/engine.h"
#include "promise.h"
#include "service/api/event_json.h"
#include "service/api/request_context.h"
#include "service/http/parse_json.h"

namespace haina {

// An accepted event is fit for the store, and what the service says of it is accepted again as the same event.
inline void promise_event(const LiveEvent& event) {
  constexpr int64_t kDayUs = 86'400'000'000;
  for (const std::string* const id : {&event.user, &event.item, &event.action}) {
    promise(!id->empty() && id->size() <= kLongestId, "ids have 1 to 1,024 bytes");
    promise(is_valid_utf8(*id) && id->find('\0') == std::string::npos, "ids are UTF-8 without NUL");
  }
  promise(!event.value || std::isfinite(*event.value), "values are finite");
  promise(event.time_us <= now_us() + kDayUs, "times are not in the future");
  promise(nlohmann::json::parse(event.context, nullptr, false).is_object(), "the context is an object");
  const std::string said = to_json(event).dump();
  const auto again = parse_event_lines(said);
  promise(again.has_value() && again->size() == 1, "an event that is read back is accepted again");
  const LiveEvent& one = again->front();
  promise(one.user == event.user && one.item == event.item && one.action == event.action && one.value == event.value &&
              one.time_us == event.time_us,
          "an event that is read back is the same");
}

inline size_t read_events(const Result<std::vector<LiveEvent>>& events) {
  if (!events) {
    promise_error(events.error());
    return 0;
  }
  for (const LiveEvent& event : *events) {
    promise_event(event);
  }
  return events->size();
}

// How many events, rules and cells were read.
inline size_t read_bodies(std::string_view bytes) {
  static const std::vector<Field> fields = {field_of_cells("items.title", Side::kItem, FieldType::kText, {}),
                                            field_of_cells("items.tags", Side::kItem, FieldType::kTags, {}),
                                            field_of_cells("items.year", Side::kItem, FieldType::kNumber, {}),
                                            field_of_cells("people.city", Side::kUser, FieldType::kCategory, {})};
  size_t read = read_events(parse_events(bytes)) + read_events(parse_event_lines(bytes));
  const auto json = parse_body(bytes, "body");
  if (!json) {
    promise_error(json.error());
    return read;
  }
  if (!json->is_object()) {
    return read;
  }
  if (const auto rule = parse_rule(*json)) {
    const auto again = parse_rule(to_json(*rule));
    promise(again && to_json(*again) == to_json(*rule), "a rule that is read back is the same");
    ++read;
  } else {
    promise_error(rule.error());
  }
  for (const Side side : {Side::kItem, Side::kUser}) {
    if (const auto cells = parse_cells(*json, fields, side, "body")) {
      read += cells->size();
    } else {
      promise_error(cells.error());
    }
  }
  return read;
}

}  // namespace haina
