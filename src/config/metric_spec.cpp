#include "config/metric_spec.h"

#include <fmt/format.h>

#include <charconv>
#include <cstddef>
#include <string_view>
#include <system_error>

#include "config/ranking_metrics.h"

namespace haina {
namespace {

constexpr int64_t kLargestCutoff = 9999;

}  // namespace

Result<MetricSpec> parse_metric_spec(const std::string& text, const std::string& where) {
  const size_t at = text.find('@');
  MetricSpec spec = {.metric = text.substr(0, at)};
  HAINA_OK(find_ranking_metric(spec.metric, where));
  const std::string_view digits = at == std::string::npos ? "" : std::string_view(text).substr(at + 1);
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), spec.cutoff);
  if (digits.empty() || code != std::errc() || end != digits.data() + digits.size() || spec.cutoff < 1 ||
      spec.cutoff > kLargestCutoff) {
    return fail({ErrorCode::kInvalidArgument,
                 fmt::format("metric '{}' has no cut-off from 1 to {}", text, kLargestCutoff), where,
                 fmt::format("write metric = \"{}@10\"", spec.metric)});
  }
  return spec;
}

std::string to_string(const MetricSpec& spec) { return fmt::format("{}@{}", spec.metric, spec.cutoff); }

}  // namespace haina
