#include "base/suggest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace haina {
namespace {

// The names come from users, and a comparison costs the product of both lengths.
constexpr size_t kLongestCompared = 64;  // bytes of the mistyped name
constexpr size_t kMostCompared = 1000;   // known names: lists as long as the data are not searched

}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
  const size_t width = b.size() + 1;
  std::vector<int> before_last(width), last(width), row(width);
  for (size_t j = 0; j < width; ++j) {
    last[j] = static_cast<int>(j);
  }
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j < width; ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last.back();
}

std::string did_you_mean(std::string_view name, std::span<const std::string> known) {
  int best = static_cast<int>(std::max<size_t>(2, name.size() / 3)) + 1;
  std::string nearest;
  const bool compares = name.size() <= kLongestCompared && known.size() <= kMostCompared;
  for (const std::string& candidate : compares ? known : std::span<const std::string>()) {
    const auto longer = static_cast<int64_t>(candidate.size()) - static_cast<int64_t>(name.size());
    if (std::abs(longer) >= best) {  // as many letters at least must be added or removed
      continue;
    }
    if (const int distance = edit_distance(name, candidate); distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  constexpr size_t kShown = 12;
  const auto shown = known.first(std::min(known.size(), kShown));
  std::string list = fmt::format("known: {}", fmt::join(shown, ", "));
  if (known.size() > kShown) {
    list += fmt::format(" and {} more", known.size() - kShown);
  }
  return nearest.empty() ? list : fmt::format("did you mean '{}'? {}", nearest, list);
}

}  // namespace haina
