#include "service/gorse/gorse.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "data/parse_time.h"
#include "service/http/parse_json.h"
#include "service/http/problem_json.h"

namespace haina::gorse {

using Json = nlohmann::json;

HttpResponse text_response(int status, const std::string& what) {
  return {.status = status, .body = quotable(what), .content_type = "text/plain"};
}

HttpResponse response_of(const Error& error) {
  const bool wrong_id = error.at == "UserId" || error.at == "ItemId" || error.at == "FeedbackType";
  switch (error.code) {
    case ErrorCode::kNotFound:
      return text_response(404, error.what);
    case ErrorCode::kIo:  // names paths and the database: for the log
      log_warning(to_text(error));
      return text_response(500, "the service cannot do this now; its log says why");
    default:
      return text_response(wrong_id ? 422 : 400, error.what);
  }
}

void refuse(const RequestContext& context, const Error& error) { context.respond(response_of(error)); }

void not_found(const RequestContext& context, const char* what) {
  refuse(context, {ErrorCode::kNotFound, fmt::format("{}: not found", what), "", ""});
}

HttpResponse busy() { return with_retry_after(text_response(503, "too many events are waiting to be written")); }

void answer(const RequestContext& context, const Result<Json>& document) {
  document ? context.respond(json_response(200, *document)) : refuse(context, document.error());
}

Json rows_affected(int64_t count) { return {{"RowAffected", count}}; }

std::string path_of(const RequestContext& context, std::string_view name) {
  const auto found = context.path.find(name);
  return found == context.path.end() ? "" : found->second;
}

std::string text_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? "" : id_in(*found).value_or("");
}

Result<int64_t> time_in(const Json& object, const char* name) {
  const std::string text = text_in(object, name);
  if (text.empty()) {
    return now_us();
  }
  const auto time = parse_written_time(text);
  if (!time || time->order == DayMonth::kEither) {  // in a file the other cells tell day and month apart
    return fail({ErrorCode::kInvalidArgument,
                 fmt::format("{} '{}' {}", name, text, time ? "may be one of two days" : "is not a valid time"), name,
                 "write 2026-01-31T12:00:00Z, or leave it out"});
  }
  return time->micros;
}

std::string time_text(int64_t time_us) {
  return fmt::format("{:%FT%T}Z", std::chrono::sys_seconds(std::chrono::seconds(time_us / 1'000'000)));
}

Result<std::vector<Json>> objects_of(const RequestContext& context) {
  HAINA_TRY(Json body, parse_body(context.request.body, "body"));
  body = body.is_object() ? Json::array({body}) : body;
  std::vector<Json> objects;
  for (const Json& one : body.is_array() ? body : Json::array({nullptr})) {
    if (!one.is_object()) {
      return fail({ErrorCode::kInvalidArgument, "the body is not a list of objects", "", "send [{…}]"});
    }
    for (const char* const name : {"Comment", "Timestamp", "FeedbackType"}) {
      if (const auto text = one.find(name); text != one.end() && !text->is_string() && !text->is_null()) {
        return fail({ErrorCode::kInvalidArgument, fmt::format("{} is not text", name), name, "give text"});
      }
    }
    for (const char* const name : {"UserId", "ItemId", "FeedbackType"}) {
      if (const std::string id = text_in(one, name); !id.empty()) {
        HAINA_OK(check_id(id, name));
      }
    }
    objects.push_back(one);
  }
  return objects;
}

Result<int64_t> cursor_of(const RequestContext& context) {
  return context.text("cursor").empty() ? Result<int64_t>(0) : context.number("cursor", 0, 0, int64_t{1} << 60U);
}

void run_in_order(Backend& backend, const RequestContext& context, std::function<Result<Json>(Store&, Engine&)> task) {
  run_between_commits(backend, context, std::move(task), response_of);
}

std::string feedback_id(const std::string& type, const std::string& user, const std::string& item) {
  constexpr size_t kLongest = 2048;  // what PostgreSQL's index of ids takes for sure
  std::string id = fmt::format("{}{} {} {} {} {}", kContentId, type.size(), type, user.size(), user, item);
  return id.size() <= kLongest ? id : std::string(kContentId) + hash_of_key(id);
}

}  // namespace haina::gorse
