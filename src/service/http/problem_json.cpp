#include "service/http/problem_json.h"

#include <nlohmann/json.hpp>

namespace haina {
namespace {

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 422;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kBadData:
      return 400;
    case ErrorCode::kUnsupported:
      return 501;
    case ErrorCode::kIo:
    case ErrorCode::kInterrupted:
      return 503;
  }
  return 500;
}

const char* title_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

HttpResponse problem(int status, const std::string& what, const std::string& hint, const std::string& at) {
  nlohmann::json body = {
      {"type", "about:blank"}, {"title", title_of(status)}, {"status", status}, {"detail", what}, {"hint", hint}};
  body["mend"] = hint;  // deprecated: the key's old name, for clients of the release before
  if (!at.empty()) {
    body["at"] = at;
  }
  // The detail may quote what a client sent, which need not be valid UTF-8.
  return {.status = status,
          .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
          .content_type = "application/problem+json"};
}

HttpResponse problem(const Error& error) { return problem(status_of(error.code), error.what, error.hint, error.at); }

}  // namespace haina
