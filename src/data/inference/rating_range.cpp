#include "data/inference/rating_range.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "data/inference/name_hints.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr RatingRange kNone = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::quiet_NaN()};

RatingRange range_of_all_values(const EventLog& events) {
  const at::Tensor known = events.value.masked_select(events.value.isfinite());
  return known.numel() == 0 ? kNone : RatingRange{known.min().item<float>(), known.max().item<float>()};
}

}  // namespace

RatingRange rating_range(const Dataset& dataset, std::span<const Goal> goals) {
  if (dataset.events.size() == 0) {
    return kNone;
  }
  const Json sources = dataset.quality.is_object() ? dataset.quality.value("sources", Json::array()) : Json::array();
  const auto has_range = [](const Json& source) { return source.contains("values"); };
  if (std::ranges::none_of(sources, has_range)) {
    return range_of_all_values(dataset.events);
  }
  std::vector<Json> ranges;
  for (const Json& source : sources) {
    if (has_range(source) && source["values"].is_object()) {
      ranges.push_back(source["values"]);
    }
  }
  const auto column_of = [](const Json& range) { return range.at("column").get<std::string>(); };
  const auto is_named = [&](const Json& range) {
    return std::ranges::any_of(goals, [&](const Goal& goal) {
      return !goal.op.empty() && (goal.name == "value" || goal.name == column_of(range));
    });
  };
  const auto is_rating = [&](const Json& range) { return NameHints(column_of(range)).mainly(Meaning::kRating); };
  const bool some_named = std::ranges::any_of(ranges, is_named);
  RatingRange all = kNone;
  for (const Json& range : ranges) {
    if (some_named ? is_named(range) : is_rating(range)) {
      all.lowest = std::fmin(all.lowest, range.at("lowest").get<float>());
      all.highest = std::fmax(all.highest, range.at("highest").get<float>());
    }
  }
  return all;
}

}  // namespace haina
