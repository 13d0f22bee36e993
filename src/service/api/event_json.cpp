#include "service/api/event_json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "data/parse_cell.h"
#include "data/parse_time.h"
#include "service/api/request_context.h"
#include "service/http/parse_json.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr size_t kLongestContext = 16 << 10;

tl::unexpected<Error> wrong(const std::string& at, std::string what, std::string hint) {
  return fail({ErrorCode::kInvalidArgument, std::move(what), at, std::move(hint)});
}

enum class Presence { kRequired, kOptional };

// "" if an optional text is missing.
Result<std::string> text_of(const Json& event, const char* name, const std::string& at, Presence presence) {
  const auto found = event.find(name);
  const std::string place = fmt::format("{}.{}", at, name);
  const bool required = presence == Presence::kRequired;
  if (found == event.end() || found->is_null()) {
    return required ? Result<std::string>(wrong(place, fmt::format("'{}' is missing", name), "give an id"))
                    : Result<std::string>("");
  }
  if (!found->is_string() && !found->is_number_integer()) {
    return wrong(place, fmt::format("'{}' is neither text nor a whole number", name), "give text or a whole number");
  }
  const std::string text = found->is_string() ? found->get<std::string>() : found->dump();
  if ((text.empty() && required) || text.size() > kLongestId || text.find('\0') != std::string::npos) {
    return wrong(place, text.empty() ? fmt::format("'{}' is empty", name) : fmt::format("'{}' is not a valid id", name),
                 fmt::format("give an id of at most {} bytes without NUL", kLongestId));
  }
  return text;
}

// Ids that the service itself gives begin so: nobody may take them before it does.
constexpr const char* kOwnIds[] = {"kafka ", "gorse ", "feedback:", "tenant "};

std::string tenant_prefix(std::string_view tenant) { return fmt::format("tenant {} {} ", tenant.size(), tenant); }

Result<LiveEvent> event_of(const Json& event, const std::string& at) {
  if (!event.is_object()) {
    return wrong(at, "not an object", R"(write {"user": "42", "item": "7"})");
  }
  static const std::vector<std::string> known = {"id", "user", "item", "action", "value", "time", "context"};
  for (const auto& [name, value] : event.items()) {
    if (std::ranges::find(known, name) == known.end()) {
      return wrong(fmt::format("{}.{}", at, name), fmt::format("an event has no '{}'", name),
                   "put additional fields into \"context\"");
    }
  }
  LiveEvent result;
  HAINA_TRY(result.user, text_of(event, "user", at, Presence::kRequired));
  HAINA_TRY(result.item, text_of(event, "item", at, Presence::kRequired));
  HAINA_TRY(result.action, text_of(event, "action", at, Presence::kOptional));
  HAINA_TRY(result.id, text_of(event, "id", at, Presence::kOptional));
  if (std::ranges::any_of(kOwnIds, [&](const char* own) { return result.id.starts_with(own); })) {
    return wrong(at + ".id", "ids that begin so are given by the service itself", "choose another id");
  }
  result.action = result.action.empty() ? "interaction" : result.action;
  if (const auto value = event.find("value"); value != event.end() && !value->is_null()) {
    if (!value->is_number() || !is_usable_value(value->get<double>())) {
      return wrong(at + ".value", "'value' is not a number that models can take",
                   "give a number from -1e30 to 1e30, or leave it out");
    }
    result.value = value->get<double>();
  }
  result.time_us = now_us();
  if (const auto time = event.find("time"); time != event.end() && !time->is_null()) {
    const auto written = time->is_string() ? parse_written_time(time->get<std::string>()) : std::nullopt;
    const double seconds = time->is_number() ? time->get<double>() : -1;
    if (written && written->order == DayMonth::kEither) {
      return wrong(at + ".time", "'time' may be one of two days", "write \"2026-01-31T12:00:00Z\"");
    }
    if (!written && !(seconds >= 0 && seconds < 1e11)) {
      return wrong(at + ".time", "'time' is not a valid time",
                   "write \"2026-01-31T12:00:00Z\" or seconds since 1970, or leave it out");
    }
    result.time_us = written ? written->micros : static_cast<int64_t>(seconds * 1e6);
    if (result.time_us > now_us() + int64_t{86'400'000'000}) {
      return wrong(at + ".time", "'time' is in the future", "check the clock; times are seconds, not milliseconds");
    }
  }
  if (const auto context = event.find("context"); context != event.end() && !context->is_null()) {
    if (!context->is_object() || context->dump().size() > kLongestContext) {
      return wrong(at + ".context", fmt::format("'context' is not an object of at most {} bytes", kLongestContext),
                   R"(write {"device": "phone"})");
    }
    result.context = context->dump();
  }
  return result;
}

tl::unexpected<Error> too_many(size_t count) {
  return wrong("events", fmt::format("{} events in one request", count), fmt::format("send at most {}", kMostEvents));
}

}  // namespace

Result<std::vector<LiveEvent>> parse_events(std::string_view body) {
  HAINA_TRY(const Json document, parse_body(body, "body"));
  if (!document.is_object() || !document.contains("events") || !document["events"].is_array()) {
    return wrong("events", "the body has no array \"events\"", R"(send {"events": [{"user": "42", "item": "7"}]})");
  }
  const Json& list = document["events"];
  if (list.size() > kMostEvents) {
    return too_many(list.size());
  }
  std::vector<LiveEvent> events;
  for (size_t i = 0; i < list.size(); ++i) {
    HAINA_TRY(LiveEvent event, event_of(list[i], fmt::format("events[{}]", i)));
    events.push_back(std::move(event));
  }
  return events;
}

Result<std::vector<LiveEvent>> parse_event_lines(std::string_view body) {
  std::vector<LiveEvent> events;
  int64_t line = 0;
  for (size_t begin = 0; begin < body.size();) {
    const size_t end = std::min(body.find('\n', begin), body.size());
    const std::string_view text = trimmed(body.substr(begin, end - begin));
    begin = end + 1;
    ++line;
    if (text.empty()) {
      continue;
    }
    const std::string at = fmt::format("line {}", line);
    HAINA_TRY(const Json document, parse_body(text, at));
    HAINA_TRY(LiveEvent event, event_of(document, at));
    events.push_back(std::move(event));
    if (events.size() > kMostEvents) {
      return too_many(events.size());
    }
  }
  return events;
}

Json to_json(const LiveEvent& event) {
  const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds(event.time_us)};
  Json json = {{"user", event.user},
               {"item", event.item},
               {"action", event.action},
               {"time", fmt::format("{:%FT%T}Z", time)},
               {"context", Json::parse(event.context, nullptr, false)}};
  if (!event.id.empty()) {
    const std::string added = tenant_prefix(event.user.substr(0, event.user.find(':')));
    json["id"] = event.id.starts_with(added) ? event.id.substr(added.size()) : event.id;
  }
  if (event.value) {
    json["value"] = *event.value;
  }
  return json;
}

std::string stored_id(const std::string& id, const std::string& tenant) {
  return id.empty() || tenant.empty() ? id : tenant_prefix(tenant) + id;
}

}  // namespace haina
