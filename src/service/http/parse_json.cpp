#include "service/http/parse_json.h"

#include "base/utf8.h"

namespace haina {
namespace {

constexpr int kDeepest = 32;  // levels of nesting

}  // namespace

Result<nlohmann::json> parse_body(std::string_view body, const std::string& at) {
  const auto bad = [&](const char* what) {
    return fail({ErrorCode::kBadData, what, at, "send JSON as /v1/openapi.json describes it"});
  };
  if (!is_valid_utf8(body)) {
    return bad("not valid UTF-8");
  }
  bool too_deep = false;
  nlohmann::json document = nlohmann::json::parse(
      body,
      [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        too_deep = too_deep || depth > kDeepest;
        return !too_deep;
      },
      false);
  if (too_deep || document.is_discarded()) {
    return bad(too_deep ? "JSON is nested too deeply" : "not valid JSON");
  }
  return document;
}

std::optional<std::string> id_in(const nlohmann::json& value) {
  return value.is_string()           ? std::optional(value.get<std::string>())
         : value.is_number_integer() ? std::optional(value.dump())
                                     : std::nullopt;
}

}  // namespace haina
