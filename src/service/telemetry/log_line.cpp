#include "service/telemetry/log_line.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>

#include "store/store_url.h"

namespace haina {
namespace {

// Without passwords of URLs, and without what has the form of an API key.
std::string redacted(const std::string& text) {
  constexpr std::string_view kKey = "haina_";
  constexpr size_t kLeast = 20;  // letters of a key; the names of metrics and tables are shorter words
  const auto is_of_key = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; };
  std::string safe = without_passwords(text);
  for (size_t at = safe.find(kKey); at != std::string::npos; at = safe.find(kKey, at + kKey.size())) {
    const auto begin = safe.begin() + static_cast<std::ptrdiff_t>(at + kKey.size());
    const auto end = std::find_if_not(begin, safe.end(), is_of_key);
    if (static_cast<size_t>(end - begin) >= kLeast) {
      safe.replace(begin, end, "…");
    }
  }
  return safe;
}

}  // namespace

std::string json_log_line(std::string_view level, const std::string& text, const LogFields& fields, int64_t time_us) {
  const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds(time_us)};
  LogFields line = {{"time", fmt::format("{:%FT%T}Z", time)}, {"level", level}, {"message", redacted(text)}};
  if (fields.is_object()) {
    line.update(fields);
  }
  return line.dump(-1, ' ', false, LogFields::error_handler_t::replace);
}

std::string text_log_line(std::string_view level, const std::string& text, const LogFields& fields) {
  std::string line = (level == "warning" ? "warning: " : "") + redacted(text);
  if (fields.is_object()) {
    for (const auto& [name, value] : fields.items()) {
      line += fmt::format(" {}={}", name, value.dump(-1, ' ', false, LogFields::error_handler_t::replace));
    }
  }
  return line;
}

}  // namespace haina
