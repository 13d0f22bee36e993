#include "config/exclude_seen.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <system_error>
#include <utility>

#include "config/exclude_seen_value.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::pair<const char*, double>, 11> kDaysOfUnit = {{{"h", 1.0 / 24},
                                                                         {"hour", 1.0 / 24},
                                                                         {"hours", 1.0 / 24},
                                                                         {"d", 1},
                                                                         {"day", 1},
                                                                         {"days", 1},
                                                                         {"w", 7},
                                                                         {"week", 7},
                                                                         {"weeks", 7},
                                                                         {"year", 365},
                                                                         {"years", 365}}};

std::optional<double> days_of(const ConfigValue& value) {
  if (const auto* const flag = value.get<bool>()) {
    return *flag ? ExcludeSeen::kForever : 0;
  }
  const auto* const text = value.get<std::string>();
  return text != nullptr ? parse_age_days(*text) : std::nullopt;
}

Json age_json(double days) {
  return days == 0 ? Json(false) : std::isinf(days) ? Json(true) : Json(fmt::format("{}d", days));
}

}  // namespace

std::optional<double> parse_age_days(const std::string& text) {
  double count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, count, std::chars_format::fixed);
  std::string unit(rest, end);
  unit.erase(0, unit.find_first_not_of(' '));
  for (const auto& [name, days] : kDaysOfUnit) {
    if (failure == std::errc() && std::isfinite(count) && count > 0 && unit == name) {
      return count * days;
    }
  }
  return std::nullopt;
}

Status ValueType<ExcludeSeen>::read(const KeyContext& context, const ConfigValue& value, ExcludeSeen& into) {
  ExcludeSeen seen;
  const char* const hint =
      R"(write exclude_seen = { buy = "90d", view = false, rating = true }: ages in h, d, w, years)";
  const auto* const table = value.get<ConfigValue::Table>();
  if (table == nullptr) {
    seen.all = days_of(value);
    if (!seen.all) {
      return wrong_value(context, value, hint);
    }
  }
  for (const ConfigEntry& entry : table != nullptr ? *table : ConfigValue::Table()) {
    const auto days = days_of(entry.value);
    if (!days) {
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("'{}.{}' in {} is {}, neither true, false nor an age", context.key, entry.key,
                               context.section, shown(entry.value)),
                   entry.value.place, hint});
    }
    seen.of_action[entry.key] = *days;
    context.places[context.key + "." + entry.key] = entry.value.place;
  }
  into = std::move(seen);
  return ok();
}

Json ValueType<ExcludeSeen>::to_json(const ExcludeSeen& value) {
  if (value.all) {
    return age_json(*value.all);
  }
  Json table = Json::object();
  for (const auto& [action, days] : value.of_action) {
    table[action] = age_json(days);
  }
  return table;
}

Json ValueType<ExcludeSeen>::schema(const KeyRules&) {
  const Json age = {{"type", {"boolean", "string"}}};
  return {{"anyOf", {age, {{"type", "object"}, {"additionalProperties", age}}}}};
}

}  // namespace haina
