#include "service/http/problem_json.h"

#include <cctype>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "service/http/sentence_code.h"

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
    case 415:
      return "Unsupported Media Type";
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

// "not_found": the title as a code.
std::string code_of_status(int status) {
  std::string code = title_of(status);
  for (char& c : code) {
    c = c == ' ' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return code;
}

// Shows the last part of each path alone: "model.json" of "/srv/shop/model.json".
std::string without_paths(const std::string& text) {
  std::string result, word;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    if (c != ' ' && c != '\'' && c != '"' && c != ':' && c != ',' && c != '(' && c != ')') {
      word += c;
      continue;
    }
    result += word.starts_with('/') ? word.substr(word.find_last_of('/') + 1) : word;
    result += i < text.size() ? std::string(1, c) : "";
    word.clear();
  }
  return result;
}

}  // namespace

std::string quotable(const std::string& text) {
  constexpr size_t kLongest = 2000, kShown = 250;  // bytes
  if (text.size() <= kLongest) {
    return text;
  }
  const auto inside = [&](size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80; };
  size_t begin = kShown, end = text.size() - kShown;
  while (inside(begin)) {  // a letter of several bytes is not cut
    --begin;
  }
  while (inside(end)) {
    ++end;
  }
  return text.substr(0, begin) + " … " + text.substr(end);
}

HttpResponse problem(int status, const std::string& what, const std::string& hint, const std::string& at) {
  nlohmann::json body = {{"type", "about:blank"},
                         {"title", title_of(status)},
                         {"status", status},
                         {"detail", quotable(what)},
                         {"hint", quotable(hint)}};
  body.update(code_json(quotable(what), code_of_status(status)));
  body["mend"] = body["hint"];  // deprecated: the key's old name, for clients of the release before
  if (!at.empty()) {
    body["at"] = quotable(at);
  }
  // The detail may quote what a client sent, which need not be valid UTF-8.
  return {.status = status,
          .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
          .content_type = "application/problem+json"};
}

// Failures of the machine and of its files are for the log: they name paths, hosts and users of the database.
HttpResponse problem(const Error& error) {
  if (status_of(error.code) == 503) {
    log_warning(to_text(error));
    return problem(503, "the service cannot do this now", "retry in a while; the service's log says why");
  }
  if (error.at.find('/') != std::string::npos) {  // a file: places in requests have no slash
    log_warning(to_text(error));
    return problem(status_of(error.code), without_paths(error.what), without_paths(error.hint));
  }
  return problem(status_of(error.code), error.what, error.hint, error.at);
}

}  // namespace haina
