#include "service/api/request_context.h"

#include <fmt/format.h>

#include <charconv>

#include "base/log.h"
#include "service/http/parse_json.h"
#include "service/http/problem_json.h"

namespace haina {

Result<nlohmann::json> guarded(const std::function<Result<nlohmann::json>()>& task) {
  try {
    return task();
  } catch (const std::exception& error) {
    log_warning(fmt::format("internal error: {}", error.what()));
    return fail({ErrorCode::kIo, "an internal error", "", "send it again; if it comes again, report it with the log"});
  }
}

Status check_id(const std::string& id, const std::string& at) {
  constexpr size_t kLongestId = 1024;
  if (id.empty() || id.size() > kLongestId || id.find('\0') != std::string::npos) {
    return fail({ErrorCode::kInvalidArgument, id.empty() ? "an id is empty" : "is no id", at,
                 fmt::format("give an id of 1 to {} bytes without NUL", kLongestId)});
  }
  return ok();
}

HttpResponse json_response(int status, const nlohmann::json& document) {
  return {.status = status, .body = document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

void Call::refuse(const Error& error) const { respond(problem(error)); }

void Call::answer(const Result<nlohmann::json>& document) const {
  document ? respond(json_response(200, *document)) : refuse(document.error());
}

std::string Call::text(std::string_view name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

bool Call::truth(std::string_view name, bool otherwise) const {
  const std::string given = text(name);
  return given.empty() ? otherwise : given == "1" || given == "true";
}

Result<int64_t> Call::number(std::string_view name, int64_t otherwise, int64_t least, int64_t most) const {
  const auto found = query.find(name);
  if (found == query.end()) {
    return otherwise;
  }
  int64_t value = 0;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("{} is '{}'", name, text), std::string(name),
                 fmt::format("give a whole number from {} to {}", least, most)});
  }
  return value;
}

Result<nlohmann::json> Call::object() const {
  HAINA_TRY(nlohmann::json document, parse_body(request.body, "body"));
  if (!document.is_object()) {
    return fail({ErrorCode::kBadData, "the body is no JSON object", "body", "send {…}"});
  }
  return document;
}

bool Call::may_touch(const std::string& user) const {
  if (key.may_touch(user)) {
    return true;
  }
  log_warning(fmt::format("refused: {} {} with the key '{}' of tenant {}: another tenant's user", request.method,
                          request.target.substr(0, 200), key.name, key.tenant));
  respond(problem(403, "the user is not of this key's tenant", fmt::format("name users \"{}:…\"", key.tenant)));
  return false;
}

}  // namespace haina
