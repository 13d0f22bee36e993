// How Gorse's paths answer, and read what comes.
#include "service/gorse/gorse.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

#include "base/clock.h"
#include "data/parse_cell.h"
#include "engine/engine_slot.h"
#include "service/http/parse_json.h"
#include "store/commit_queue.h"

namespace haina::gorse {

using Json = nlohmann::json;

std::string time_text(int64_t time_us) {
  return fmt::format("{:%FT%T}Z", std::chrono::sys_seconds(std::chrono::seconds(time_us / 1'000'000)));
}

void refuse(const Call& call, const Error& error) {
  const int status = error.code == ErrorCode::kNotFound ? 404 : error.code == ErrorCode::kIo ? 500 : 400;
  call.respond({.status = status, .body = error.what, .content_type = "text/plain"});
}

void not_found(const Call& call, const char* what) {
  refuse(call, {ErrorCode::kNotFound, fmt::format("{}: not found", what), "", ""});
}

HttpResponse busy() {
  return {
      .status = 503, .body = "too many events wait", .content_type = "text/plain", .headers = {{"Retry-After", "1"}}};
}

void give(const Call& call, const Result<Json>& answer) {
  answer ? call.respond(json_response(200, *answer)) : refuse(call, answer.error());
}

Json rows(int64_t count) { return {{"RowAffected", count}}; }

std::string path_of(const Call& call, std::string_view name) {
  const auto found = call.path.find(name);
  return found == call.path.end() ? "" : found->second;
}

std::string text_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? "" : id_in(*found).value_or("");
}

int64_t time_in(const Json& object, const char* name) {
  const std::string text = text_in(object, name);
  return parse_iso_time(text).value_or(now_us());
}

Result<std::vector<Json>> objects_of(const Call& call) {
  HAINA_TRY(Json body, parse_body(call.request.body, "body"));
  body = body.is_object() ? Json::array({body}) : body;
  std::vector<Json> objects;
  for (const Json& one : body.is_array() ? body : Json::array({nullptr})) {
    if (!one.is_object()) {
      return fail({ErrorCode::kInvalidArgument, "the body is no list of objects", "", "send [{…}]"});
    }
    for (const char* const name : {"Comment", "Timestamp", "FeedbackType"}) {
      if (const auto text = one.find(name); text != one.end() && !text->is_string() && !text->is_null()) {
        return fail({ErrorCode::kInvalidArgument, fmt::format("{} is no text", name), name, "give text"});
      }
    }
    for (const char* const name : {"UserId", "ItemId"}) {
      if (text_in(one, name).find('\0') != std::string::npos) {
        return fail({ErrorCode::kInvalidArgument, fmt::format("{} holds NUL", name), name, "give an id"});
      }
    }
    objects.push_back(one);
  }
  return objects;
}

Result<int64_t> cursor_of(const Call& call) {
  return call.text("cursor").empty() ? Result<int64_t>(0) : call.number("cursor", 0, 0, int64_t{1} << 60U);
}

void between(Backend& backend, const Call& call, std::function<Result<Json>(Store&, Engine&)> task) {
  backend.queue.between([&backend, respond = call.respond, task = std::move(task)](Store& store) {
    const Result<Json> answer = guarded([&] { return task(store, *backend.engines.get()); });
    respond(answer ? json_response(200, *answer)
                   : HttpResponse{.status = answer.error().code == ErrorCode::kInvalidArgument ? 400 : 500,
                                  .body = answer.error().what,
                                  .content_type = "text/plain"});
  });
}

std::string feedback_id(const std::string& type, const std::string& user, const std::string& item) {
  return fmt::format("gorse {} {} {} {} {}", type.size(), type, user.size(), user, item);
}

}  // namespace haina::gorse
