#include "service/http/parse_json.h"

#include <cmath>

#include "base/utf8.h"

namespace haina {
namespace {

constexpr int kDeepest = 32;  // levels of nesting

// Counted before parsing: with a callback, which could count, the parser looks at all earlier elements of an array at
// the end of each, and 8 MB of "{},{},…" would keep a thread busy for hours.
bool is_too_deep(std::string_view body) {
  int depth = 0;
  bool in_text = false;
  for (size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (in_text) {
      i += c == '\\' ? 1 : 0;  // the next one is escaped
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepest) {
        return true;
      }
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<nlohmann::json> parse_body(std::string_view body, const std::string& at) {
  const auto bad = [&](const char* what) {
    return fail({ErrorCode::kBadData, what, at, "send JSON as /v1/openapi.json describes it"});
  };
  if (!is_valid_utf8(body)) {
    return bad("not valid UTF-8");
  }
  if (is_too_deep(body)) {
    return bad("JSON is nested too deeply");
  }
  nlohmann::json document = nlohmann::json::parse(body, nullptr, false);
  if (document.is_discarded()) {
    return bad("not valid JSON");
  }
  return document;
}

bool is_usable_value(double value) {
  constexpr double kLargest = 1e30;
  return std::isfinite(value) && std::abs(value) <= kLargest;
}

std::optional<std::string> id_in(const nlohmann::json& value) {
  return value.is_string()           ? std::optional(value.get<std::string>())
         : value.is_number_integer() ? std::optional(value.dump())
                                     : std::nullopt;
}

}  // namespace haina
