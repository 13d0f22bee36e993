#include "service/telemetry/trace_context.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "base/sha256.h"

namespace haina {
namespace {

constexpr size_t kTraceDigits = 32, kSpanDigits = 16;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text, size_t digits) {
  return text.size() == digits && is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

template <size_t kBytes>
std::string random_id() {
  std::array<unsigned char, kBytes> bytes = {};
  RAND_bytes(bytes.data(), static_cast<int>(kBytes));
  bytes.back() = static_cast<unsigned char>(bytes.back() | 1U);  // an id of zeros is none
  return to_hex(bytes);
}

// version-trace-parent-flags; later versions may add more after another hyphen.
std::optional<TraceContext> parsed(std::string_view text) {
  constexpr size_t kLength = 55;
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') {
    return std::nullopt;
  }
  const std::string_view version = text.substr(0, 2), flags = text.substr(53, 2);
  const bool longer = text.size() > kLength;
  if (!is_hex(version) || version == "ff" || !is_hex(flags) || (longer && (version == "00" || text[kLength] != '-')) ||
      !is_id(text.substr(3, kTraceDigits), kTraceDigits) || !is_id(text.substr(36, kSpanDigits), kSpanDigits)) {
    return std::nullopt;
  }
  const char low = flags[1];
  const int digit = low <= '9' ? low - '0' : low - 'a' + 10;
  return TraceContext{.trace_id = std::string(text.substr(3, kTraceDigits)),
                      .span_id = {},
                      .parent_id = std::string(text.substr(36, kSpanDigits)),
                      .sampled = (digit & 1) != 0};
}

}  // namespace

std::string TraceContext::traceparent() const {
  return fmt::format("00-{}-{}-{}", trace_id, span_id, sampled ? "01" : "00");
}

TraceContext new_span(std::string_view traceparent) {
  TraceContext context =
      parsed(traceparent)
          .value_or(TraceContext{.trace_id = random_id<kTraceDigits / 2>(), .span_id = {}, .parent_id = {}});
  context.span_id = random_id<kSpanDigits / 2>();
  return context;
}

}  // namespace haina
