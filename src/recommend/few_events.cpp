#include "recommend/few_events.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

#include "data/parse_cell.h"

namespace haina {
namespace {

constexpr double kLikeness = 3, kTaken = 1, kNewness = 0.5;  // weights, in standard deviations of a ranker's score
constexpr size_t kRecent = 10;                               // newest items of the history that are compared with

bool names_a_date(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 6> kNames = {"year", "date", "release", "publish", "created", "added"};
  return std::ranges::any_of(kNames, [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

// The first item field of numbers whose name says that they are years or dates; nullptr: none.
const Field* date_field(const Dataset& dataset) {
  for (const Field& field : dataset.fields) {
    if (field.side == Side::kItem && field.type == FieldType::kNumber && names_a_date(field.name)) {
      return &field;
    }
  }
  return nullptr;
}

// float32 [items], from 0 (the oldest, or unknown) to 1; items added since training from 1 to 2 in order of arrival.
at::Tensor newness(const Catalog& catalog) {
  at::Tensor newness = at::zeros({catalog.size()});
  float* const out = newness.data_ptr<float>();
  const int64_t known = catalog.dataset().items.size();
  if (const Field* const field = date_field(catalog.dataset()); field != nullptr && known > 0) {
    std::vector<double> dates(static_cast<size_t>(known), 0);
    std::vector<double> sorted;
    for (int32_t item = 0; item < known; ++item) {
      const std::vector<std::string> cells = catalog.cells(*field, item);
      if (const auto date = cells.empty() ? std::nullopt : parse_number(cells.front())) {
        dates[static_cast<size_t>(item)] = *date;
        sorted.push_back(*date);
        out[item] = 1;
      }
    }
    std::ranges::sort(sorted);
    for (int64_t item = 0; item < known; ++item) {
      const auto place = std::ranges::lower_bound(sorted, dates[static_cast<size_t>(item)]) - sorted.begin();
      out[item] *= static_cast<float>(place) / static_cast<float>(std::max<size_t>(1, sorted.size()));
    }
  }
  for (int64_t item = known; item < catalog.size(); ++item) {
    out[item] = 1 + static_cast<float>(item - known + 1) / static_cast<float>(catalog.size() - known);
  }
  return newness;
}

}  // namespace

bool has_few_events(const Dataset& dataset) {
  return dataset.events.size() == 0 ||
         (dataset.events.size() < 1000 && dataset.events.goal.sum().item<int64_t>() < kFewEvents);
}

at::Tensor few_events_scores(const Catalog& catalog, const LazyContentIndex& content, const UserState& state,
                             const at::Tensor& trend) {
  at::Tensor scores = newness(catalog) * kNewness;
  at::Tensor likeness = at::zeros({catalog.size()});
  size_t compared = 0;
  for (auto event = state.history.rbegin(); event != state.history.rend() && compared < kRecent; ++event, ++compared) {
    likeness += content.get(catalog).similarity_to(row_of(event->item));
  }
  if (compared > 0) {
    scores += likeness * (kLikeness / static_cast<double>(compared));
  }
  if (trend.defined()) {
    scores += trend.log1p() * kTaken;
  }
  return scores;
}

}  // namespace haina
