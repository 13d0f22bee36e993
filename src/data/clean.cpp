#include "data/clean.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>

namespace haina {
namespace {

std::string name_of(const RawEvent& event, const Dataset& dataset) {
  return fmt::format("user {}, item {}", dataset.users.name(event.user), dataset.items.name(event.item));
}

}  // namespace

void drop_duplicates(std::vector<RawEvent>& events, const Dataset& dataset, QualityReport& quality) {
  std::set<std::tuple<int32_t, uint8_t, uint8_t>> at_this_time;
  std::optional<std::pair<int32_t, int64_t>> moment;
  std::erase_if(events, [&](const RawEvent& event) {
    if (moment != std::pair(event.user, event.time)) {
      moment = {event.user, event.time};
      at_this_time.clear();
    }
    if (at_this_time.emplace(event.item, event.action, event.part).second) {
      return false;
    }
    quality.count("duplicate dropped", "", [&] { return name_of(event, dataset); });
    return true;
  });
}

void drop_floods(std::vector<RawEvent>& events, const CleanConfig& clean, const Dataset& dataset,
                 QualityReport& quality) {
  constexpr int64_t kMinute = 60000000;
  std::map<std::pair<int32_t, int64_t>, int64_t> per_minute;
  for (const RawEvent& event : events) {
    if (event.time != kNoTime) {
      ++per_minute[{event.user, event.time / kMinute}];
    }
  }
  std::map<std::tuple<int32_t, int32_t, uint8_t, uint8_t>, int64_t> last_time;
  std::erase_if(events, [&](const RawEvent& event) {
    if (event.time == kNoTime) {
      return false;
    }
    const int64_t count = per_minute[{event.user, event.time / kMinute}];
    if (clean.flood_per_minute > 0 && static_cast<double>(count) > clean.flood_per_minute) {
      quality.count("flood dropped", "", [&] {
        return fmt::format("user {}: {} events in a minute", dataset.users.name(event.user), count);
      });
      return true;
    }
    if (clean.duplicate_seconds > 0) {
      const auto [place, fresh] = last_time.try_emplace({event.user, event.item, event.action, event.part}, event.time);
      if (!fresh && static_cast<double>(event.time - place->second) <= clean.duplicate_seconds * 1e6) {
        quality.count("near duplicate dropped", "", [&] { return name_of(event, dataset); });
        return true;
      }
      place->second = event.time;
    }
    return false;
  });
}

void keep_core(std::vector<RawEvent>& events, const CleanConfig& clean, const Dataset& dataset,
               QualityReport& quality) {
  for (bool changed = clean.min_user_events > 1 || clean.min_item_events > 1; changed;) {
    std::vector<int64_t> of_user(static_cast<size_t>(dataset.users.size()), 0),
        of_item(static_cast<size_t>(dataset.items.size()), 0);
    for (const RawEvent& event : events) {
      ++of_user[static_cast<size_t>(event.user)];
      ++of_item[static_cast<size_t>(event.item)];
    }
    changed = std::erase_if(events, [&](const RawEvent& event) {
                const bool few = of_user[static_cast<size_t>(event.user)] < clean.min_user_events ||
                                 of_item[static_cast<size_t>(event.item)] < clean.min_item_events;
                if (few) {
                  quality.count("outside the core dropped", "", [&] { return name_of(event, dataset); });
                }
                return few;
              }) > 0;
  }
}

void drop_outliers(Field& field, double z, const Vocabulary& ids, QualityReport& quality) {
  const at::Tensor known = field.numbers.masked_select(at::isfinite(field.numbers));
  if (z <= 0 || known.numel() < 20) {
    return;
  }
  const double median = known.median().item<double>();
  const double deviation = 1.4826 * (known - median).abs().median().item<double>();
  float* const numbers = field.numbers.data_ptr<float>();
  for (int64_t r = 0; r < field.num_rows && deviation > 0; ++r) {
    if (std::abs(numbers[r] - median) > z * deviation) {
      quality.count("outlier made missing", field.full_name(),
                    [&] { return fmt::format("{} of '{}'", numbers[r], ids.name(static_cast<int32_t>(r))); });
      numbers[r] = std::nanf("");
    }
  }
}

}  // namespace haina
