// The API's description of itself: complete, consistent, and true of real answers.
#include "service/api/openapi.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/versions.h"
#include "service/service_fixture.h"

namespace haina {
namespace {

struct Operation {
  std::string method, path;
  Json description;
};

// All operations: those that create before those that read, those that delete at the end; keys last of all.
std::vector<Operation> operations_of(const Json& openapi) {
  std::vector<Operation> operations;
  for (const auto& [path, methods] : openapi.at("paths").items()) {
    for (const auto& [method, operation] : methods.items()) {
      operations.push_back({method, path, operation});
    }
  }
  static const std::vector<std::string> order = {"post", "put", "patch", "get", "delete"};
  std::ranges::stable_sort(operations, {}, [](const Operation& operation) {
    return std::pair(operation.path.starts_with("/v1/keys"),
                     std::ranges::find(order, operation.method) - order.begin());
  });
  return operations;
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

// Calls `visit` with the schema and every schema inside it.
void walk(const Json& value, const std::function<void(const Json&)>& visit) {
  if (value.is_object()) {
    visit(value);
  }
  if (value.is_structured()) {
    for (const Json& inner : value) {
      walk(inner, visit);
    }
  }
}

TEST_F(ServiceTest, EveryRouteDescribesItsAnswer) {
  start({.store = "", .http = {.threads = 1}, .gorse = true});
  const Json openapi = HttpClient(service_->port()).get("/v1/openapi.json").json();
  EXPECT_EQ(openapi.at("openapi"), "3.1.0");
  const ApiContract contract(openapi);
  const std::vector<Operation> operations = operations_of(openapi);
  EXPECT_GT(operations.size(), 60U);
  for (const auto& [method, path, operation] : operations) {
    SCOPED_TRACE(method + " " + path);
    EXPECT_FALSE(operation.at("summary").get<std::string>().empty());
    for (const auto& [media, content] : operation.at("responses").at("200").at("content").items()) {
      const Json& schema = content.at("schema");
      EXPECT_TRUE(schema.contains("$ref") || schema.contains("type") || schema.contains("anyOf")) << media << schema;
    }
    for (const auto& [status, response] : operation.at("responses").items()) {
      EXPECT_TRUE(status == "200" || response.at("content").contains("application/problem+json")) << status;
    }
    if (operation.contains("requestBody")) {
      const Json& content = operation["requestBody"].at("content");
      if (content.contains("application/octet-stream")) {  // a picture, a sound or a film
        EXPECT_EQ(content["application/octet-stream"].at("schema").at("format"), "binary");
        continue;
      }
      const Json& body = content.at("application/json");
      EXPECT_TRUE(body.at("schema").is_object());
      if (body.contains("example")) {
        Json open = body["schema"];  // bodies may name any field of the project's data
        open["additionalProperties"] = open.value("additionalProperties", Json(true));
        EXPECT_EQ(contract.mismatch(body["example"], open, "$"), "");
      }
    }
  }
  walk(openapi, [&](const Json& schema) {
    if (schema.contains("$ref") && schema["$ref"].is_string()) {
      EXPECT_TRUE(contract.resolved(schema["$ref"]).is_object()) << schema;
    }
  });
}

TEST_F(ServiceTest, RealAnswersMatchTheirSchemas) {
  const std::string secret = *new_key(), head = "X-API-Key: " + secret + "\r\n";
  ASSERT_TRUE(Store::open("sqlite://" + store_.string())
                  ->add_key({.name = "boss", .scope = Scope::kAdmin, .hash = hash_of_key(secret)}));
  start({.store = "", .http = {.threads = 1}, .gorse = true});
  HttpClient client(service_->port());
  const Json openapi = client.get("/v1/openapi.json").json();
  const ApiContract contract(openapi);
  const auto config = load_config(folder_ / "haina.toml");
  ASSERT_TRUE(config);
  const std::string list =
      client.request("GET", "/v1/users/u1/recommendations", "", "application/json", head).json().at("list");
  // What a placeholder stands for; Gorse's are the ids of its examples.
  const auto segment_for = [&](const std::string& path, const std::string& name) -> std::string {
    static const std::map<std::string, std::string> values = {
        {"user", "ann"}, {"item", "7"}, {"type", "click"}, {"category", "t1"}, {"source", "photos"}};
    return name == "id"        ? (path.starts_with("/v1/items/") ? "i2" : "u1")
           : name == "name"    ? (path.starts_with("/v1/keys/") ? "shop" : "first")
           : name == "version" ? *current_version(*config)
                               : values.at(name);
  };
  // Bodies whose ids depend on this service.
  const std::map<std::string, Json> bodies = {
      {"POST /v1/feedback", {{"list", list}, {"user", "u1"}, {"kind", "like"}}},
      {"PUT /v1/rules/{name}", {{"do", "pin"}, {"item", "i3"}, {"position", 2}}}};
  for (const auto& [method, path, operation] : operations_of(openapi)) {
    const std::string name = upper(method) + " " + path;
    SCOPED_TRACE(name);
    std::string target = path;
    for (size_t begin = target.find('{'); begin != std::string::npos; begin = target.find('{')) {
      const size_t end = target.find('}', begin);
      target.replace(begin, end - begin + 1, segment_for(path, target.substr(begin + 1, end - begin - 1)));
    }
    for (const Json& parameter : operation.at("parameters")) {
      if (parameter.contains("example")) {
        target += (target.find('?') == std::string::npos ? "?" : "&") + parameter["name"].get<std::string>() + "=" +
                  parameter["example"].get<std::string>();
      }
    }
    std::string body, type = "application/json";
    if (path.ends_with("/media/{source}")) {
      body = read_text(fs::path(HAINA_SOURCE_DIR) / "tests" / "media" / "samples" / "red.png").value();
      type = "image/png";
    } else if (const auto own = bodies.find(name); own != bodies.end()) {
      body = own->second.dump();
    } else if (operation.contains("requestBody")) {
      body = operation["requestBody"]["content"]["application/json"].at("example").dump();
    }
    const Reply reply = client.request(upper(method), target, body, type, head);
    // There may be no earlier version to go back to (models_test.cpp rolls back), and the model has no media source.
    const bool allowed = (name == "POST /v1/models/rollback" || type == "image/png") && reply.status == 404;
    EXPECT_TRUE(reply.status == 200 || allowed) << reply.status << " " << reply.body.substr(0, 400);
    EXPECT_EQ(contract.violation(upper(method), target, reply.status, reply.header("Content-Type"), reply.body), "");
  }
}

TEST(ApiContract, FindsWhatDoesNotMatch) {
  const ApiContract contract(Json::parse(R"({"paths": {"/a/{id}": {"get": {"responses": {"200": {"content": {
      "application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}}}}, "components": {"schemas": {"A": {
      "type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "minimum": 1},
      "texts": {"type": "array", "items": {"type": ["string", "null"]}}}}}}})"));
  const auto violation = [&](int status, const std::string& body) {
    return contract.violation("GET", "/a/7?k=1", status, "application/json", body);
  };
  EXPECT_EQ(violation(200, R"({"n": 1, "texts": ["a", null]})"), "");
  EXPECT_EQ(violation(404, "{}"), "status 404 is not described");
  EXPECT_EQ(violation(200, "{}"), "$ has no \"n\"");
  EXPECT_EQ(violation(200, R"({"n": 0})"), "$.n is out of bounds: 0");
  EXPECT_EQ(violation(200, R"({"n": 1.5})"), "$.n has not the type \"integer\": 1.5");
  EXPECT_EQ(violation(200, R"({"n": 1, "m": 2})"), "$ has a field that is not described: m");
  EXPECT_NE(violation(200, R"({"n": 1, "texts": ["a", 2]})"), "");
  EXPECT_NE(violation(200, "[]"), "");
  EXPECT_NE(violation(200, "no json"), "");
  EXPECT_EQ(contract.violation("GET", "/b", 200, "application/json", "{}"), "");  // not described: not checked
}

}  // namespace
}  // namespace haina
