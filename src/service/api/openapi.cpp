#include "service/api/openapi.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include "service/api/schemas.h"
#include "service/http/sentence_code.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr const char* kProblem = R"json({
  "type": "object",
  "description": "An error (RFC 9457).",
  "required": ["type", "title", "status", "detail", "hint", "code", "values"],
  "properties": {
    "type": {"type": "string"},
    "title": {"type": "string"},
    "status": {"type": "integer", "minimum": 400, "maximum": 599},
    "detail": {"type": "string", "description": "what is wrong"},
    "hint": {"type": "string", "description": "what to do now"},
    "mend": {"type": "string", "deprecated": true, "description": "the old name of hint"},
    "at": {"type": "string", "description": "where in the request"},
    "code": {
      "type": "string",
      "description": "what is wrong, for programs: a code of x-sentences of SentenceCode; where it has none, the title's, as not_found"
    },
    "values": {"type": "array", "items": {"type": "string"}, "description": "what stands at the places of the code's sentence; else what the detail quotes"}
  }
})json";

constexpr const char* kSentenceCode = R"json({
  "type": "object",
  "description": "A sentence beside which it stands, for programs. x-sentences has every code and its sentence, with {} at the places of values; codes may be added, and those that are there stay.",
  "required": ["code", "values"],
  "properties": {
    "code": {"type": "string", "description": "other: a sentence without a code"},
    "values": {"type": "array", "items": {"type": "string"}}
  }
})json";

Json sentence_code_schema() {
  Json document = schema(kSentenceCode);
  for (const auto& [code, form] : sentence_forms()) {
    if (!document.contains("x-sentences") || !document["x-sentences"].contains(code)) {
      document["x-sentences"][code] = form;
    }
  }
  return document;
}

// The errors that a route can answer, and for which routes.
struct ErrorStatus {
  int status;
  const char* description;
  bool (*applies)(const Route&);
};
constexpr auto kEveryRoute = [](const Route&) { return true; };
constexpr auto kWithKey = [](const Route& route) { return route.needs.has_value(); };
constexpr auto kWithNames = [](const Route& route) {  // ids in the path or in the body may be unknown
  return !route.body.is_null() || std::string_view(route.path).find('{') != std::string_view::npos;
};
constexpr auto kWithBody = [](const Route& route) { return !route.body.is_null(); };
constexpr ErrorStatus kErrors[] = {
    {400, "the request cannot be read", kEveryRoute},
    {401, "the key is missing or unknown", kWithKey},
    {403, "the key's scope or tenant does not allow this; without keys: the Host or Origin is foreign", kEveryRoute},
    {404, "an item, user, rule, key, list or version is unknown", kWithNames},
    {413, "the body is too large", kWithBody},
    {415, "the body is not declared as JSON", kWithBody},
    {422, "a parameter or a field of the body is wrong", kEveryRoute},
    {429, "too many requests in a second", kEveryRoute},
    {431, "the header is too large", kEveryRoute},
    {500, "an internal error", kEveryRoute},
    {501, "the model in use lacks what this needs", kWithKey},
    {503, "the service is busy, or its store fails; try again later", kEveryRoute},
};

Json parameters_of(const Route& route) {
  Json parameters = Json::array();
  const std::string_view path = route.path;
  for (size_t begin = path.find('{'); begin != std::string_view::npos; begin = path.find('{', begin + 1)) {
    const std::string name(path.substr(begin + 1, path.find('}', begin) - begin - 1));
    parameters.push_back({{"name", name},
                          {"in", "path"},
                          {"required", true},
                          {"schema", {{"type", "string"}, {"minLength", 1}, {"maxLength", kLongestId}}}});
  }
  for (const Parameter& parameter : route.query) {
    Json schema = {{"type", parameter.type}};
    if (schema["type"] == "string") {
      schema["maxLength"] = parameter.most > 0 ? parameter.most : static_cast<int64_t>(kLongestId);
    }
    if (schema["type"] == "integer") {
      schema["minimum"] = parameter.least;
      schema["maximum"] = parameter.most;
    }
    parameters.push_back(
        {{"name", parameter.name}, {"in", "query"}, {"description", parameter.description}, {"schema", schema}});
    if (parameter.example != nullptr) {
      parameters.back()["example"] = parameter.example;
    }
  }
  return parameters;
}

Json responses_of(const Route& route) {
  Json responses = {
      {"200", {{"description", "success"}, {"content", {{route.content_type, {{"schema", route.response}}}}}}}};
  Json error = {{"application/problem+json", {{"schema", shared_schema("Problem")}}}};
  if (route.error_content_type != nullptr) {
    error[route.error_content_type] = {{"schema", {{"type", "string"}}}};
  }
  for (const ErrorStatus& one : kErrors) {
    if (one.applies(route)) {
      responses[std::to_string(one.status)] = {{"description", one.description}, {"content", error}};
    }
  }
  return responses;
}

const char* to_text(TenantKeys tenants) {
  return tenants == TenantKeys::kRefused ? "refused"
         : tenants == TenantKeys::kAlike ? "as any other"
                                         : "for what belongs to the tenant";
}

Json operation_of(const Route& route) {
  Json operation = {
      {"summary", route.summary}, {"parameters", parameters_of(route)}, {"responses", responses_of(route)}};
  if (route.needs) {
    operation["security"] = {{{"key", Json::array()}}};
    operation["description"] =
        fmt::format("Needs a key of scope {} as soon as the store has any key. Keys of a tenant: {}.",
                    to_string(*route.needs), to_text(route.tenants.value_or(TenantKeys::kRefused)));
  }
  if (!route.body.is_null()) {
    Json content = {{"schema", route.body}};
    if (!route.example.is_null()) {
      content["example"] = route.example;
    }
    operation["requestBody"] = {
        {"required", true},
        {"content", {{route.takes_media ? "application/octet-stream" : "application/json", content}}}};
  }
  return operation;
}

}  // namespace

Json openapi_document(std::span<const RouteTable> tables) {
  Json paths = Json::object(), schemas = {{"Problem", schema(kProblem)}, {"SentenceCode", sentence_code_schema()}};
  for (const RouteTable& table : tables) {
    schemas.update(table.schemas);
    for (const Route& route : table.routes) {
      std::string method = route.method;
      std::ranges::transform(method, method.begin(),
                             [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      paths[route.path][method] = operation_of(route);
    }
  }
  return {{"openapi", "3.1.0"},
          {"info", {{"title", "Haina"}, {"version", "1"}}},
          {"components",
           {{"schemas", schemas},
            {"securitySchemes", {{"key", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}}}}}},
          {"paths", paths}};
}

}  // namespace haina
