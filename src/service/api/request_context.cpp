#include "service/api/request_context.h"

#include <fmt/format.h>

#include <charconv>
#include <exception>
#include <memory>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "base/log_scope.h"
#include "base/utf8.h"
#include "engine/engine_slot.h"
#include "service/http/parse_json.h"
#include "service/telemetry/prometheus.h"
#include "store/commit_queue.h"

namespace haina {

void RequestContext::refuse(const Error& error) const { respond(problem(error)); }

void RequestContext::answer(const Result<nlohmann::json>& document) const {
  document ? respond(json_response(200, *document)) : refuse(document.error());
}

std::string RequestContext::text(std::string_view name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

bool RequestContext::boolean(std::string_view name, bool default_value) const {
  const std::string value = text(name);
  return value.empty() ? default_value : value == "1" || value == "true";
}

Result<int64_t> RequestContext::number(std::string_view name, int64_t default_value, int64_t least,
                                       int64_t most) const {
  const auto found = query.find(name);
  if (found == query.end()) {
    return default_value;
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

Result<nlohmann::json> RequestContext::object() const {
  HAINA_TRY(nlohmann::json document, parse_body(request.body, "body"));
  if (!document.is_object()) {
    return fail({ErrorCode::kBadData, "the body is not a JSON object", "body", "send {…}"});
  }
  return document;
}

bool RequestContext::authorize(const std::string& user) const {
  if (key.may_touch(user)) {
    return true;
  }
  log_warning(fmt::format("refused: {} with the key '{}' of tenant {}: the user belongs to another tenant",
                          request.method, key.name, key.tenant));
  respond(
      problem(403, "the user does not belong to this key's tenant", fmt::format("name users \"{}:…\"", key.tenant)));
  return false;
}

HttpResponse json_response(int status, const nlohmann::json& document) {
  return {.status = status, .body = document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

HttpResponse with_retry_after(HttpResponse response) {
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

HttpResponse too_busy() {
  return with_retry_after(
      problem(503, "too many changes wait to be written", "send it again later; the store is slower than its clients"));
}

Status check_id(std::string_view id, const std::string& at) {
  if (id.empty() || id.size() > kLongestId || id.find('\0') != std::string_view::npos || !is_valid_utf8(id)) {
    return fail({ErrorCode::kInvalidArgument,
                 id.empty()               ? "an id is empty"
                 : id.size() > kLongestId ? fmt::format("an id of {} bytes is too long", id.size())
                                          : "not a valid id",
                 at, fmt::format("give an id of 1 to {} bytes of UTF-8 without NUL", kLongestId)});
  }
  return ok();
}

Result<nlohmann::json> guarded(const std::function<Result<nlohmann::json>()>& task) {
  try {
    return task();
  } catch (const std::exception& error) {
    log_warning(fmt::format("internal error: {}", error.what()));
    return fail({ErrorCode::kIo, "an internal error", "", "send it again; if it fails again, report it with the log"});
  }
}

void run_between_commits(Backend& backend, const RequestContext& context,
                         std::function<Result<nlohmann::json>(Store&, Engine&)> task,
                         HttpResponse (*render)(const Error&)) {
  const bool in_line = backend.queue.run_between_commits(
      [&backend, respond = context.respond, task = std::move(task), render, about = log_context()](Store& store) {
        const LogScope scope(about);
        const Result<nlohmann::json> answer = guarded([&] {
          const std::shared_ptr<Engine> engine = backend.engines.get();
          Result<nlohmann::json> done = task(store, *engine);
          backend.queue.settle();
          return done;
        });
        respond(answer ? json_response(200, *answer) : render(answer.error()));
      });
  if (!in_line) {
    backend.metrics.refused("queue");
    context.respond(too_busy());
  }
}

}  // namespace haina
