#include "data/suggest_id.h"

#include <fmt/format.h>

#include "base/suggest.h"

namespace haina {
namespace {

constexpr int64_t kMostCompared = 1000;  // more ids than that would have to be copied first

}  // namespace

std::string did_you_mean(std::string_view id, const Vocabulary& known) {
  if (known.size() <= kMostCompared) {
    return did_you_mean(id, known.to_strings());
  }
  constexpr int32_t kShown = 3;
  std::string text = "check its spelling; known:";
  for (int32_t row = 0; row < kShown; ++row) {
    text += fmt::format("{} {}", row == 0 ? "" : ",", known.name(row));
  }
  return fmt::format("{} and {} more", text, known.size() - kShown);
}

}  // namespace haina
