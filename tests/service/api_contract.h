// Checks answers against the API's own description: the part of JSON Schema and OpenAPI that the description uses.
#pragma once

#include <algorithm>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace haina {

class ApiContract {
 public:
  using Json = nlohmann::json;
  explicit ApiContract(Json openapi) : openapi_(std::move(openapi)) {}

  // What is wrong with an answer, "" if nothing is. Paths and methods that are not described are not checked.
  std::string violation(const std::string& method, const std::string& target, int status,
                        const std::string& content_type, const std::string& body) const {
    const Json* const operation = find(method, target.substr(0, target.find('?')));
    if (operation == nullptr) {
      return "";
    }
    const Json& responses = operation->at("responses");
    const auto response = responses.find(std::to_string(status));
    if (response == responses.end()) {
      return "status " + std::to_string(status) + " is not described";
    }
    const std::string type = content_type.substr(0, content_type.find(';'));
    const auto content = response->at("content").find(type);
    if (content == response->at("content").end()) {
      return "content type " + type + " is not described";
    }
    const bool is_json = type.ends_with("json");
    const Json value = is_json ? Json::parse(body, nullptr, false) : Json(body);
    return value.is_discarded() ? "the body is not JSON" : mismatch(value, content->at("schema"), "$");
  }

  // Where and why `value` does not match `schema`; "" if it does. A field that the schema does not describe is a
  // mismatch, unless the schema has "additionalProperties"; so is a keyword that this function does not know.
  std::string mismatch(const Json& value, const Json& schema, const std::string& at) const {
    static const std::vector<std::string> known = {
        "$ref",  "type",       "description", "format",  "properties", "required",  "additionalProperties",
        "items", "enum",       "minimum",     "maximum", "minLength",  "maxLength", "maxItems",
        "anyOf", "deprecated", "const",       "default"};
    for (const auto& [keyword, ignored] : schema.items()) {
      if (std::ranges::find(known, keyword) == known.end() && !keyword.starts_with("x-")) {
        return at + ": unknown keyword " + keyword;
      }
    }
    if (const auto ref = schema.find("$ref"); ref != schema.end()) {
      return mismatch(value, resolved(ref->get<std::string>()), at);
    }
    if (const auto any = schema.find("anyOf"); any != schema.end()) {
      std::string all;
      for (const Json& one : *any) {
        const std::string wrong = mismatch(value, one, at);
        if (wrong.empty()) {
          return "";
        }
        all += "[" + wrong + "]";
      }
      return all;
    }
    if (schema.contains("const") && schema["const"] != value) {
      return at + " is not " + schema["const"].dump();
    }
    if (const auto allowed = schema.find("enum");
        allowed != schema.end() && std::ranges::find(*allowed, value) == allowed->end()) {
      return at + " is " + value.dump();
    }
    if (const auto type = schema.find("type"); type != schema.end()) {
      const Json types = type->is_array() ? *type : Json::array({*type});
      if (std::ranges::none_of(types, [&](const Json& one) { return has_type(value, one.get<std::string>()); })) {
        return at + " has not the type " + type->dump() + ": " + value.dump().substr(0, 80);
      }
    }
    if (value.is_number() && ((schema.contains("minimum") && value < schema["minimum"]) ||
                              (schema.contains("maximum") && value > schema["maximum"]))) {
      return at + " is out of bounds: " + value.dump();
    }
    if (value.is_string() && schema.contains("minLength") && value.get<std::string>().size() < schema["minLength"]) {
      return at + " is too short";
    }
    return value.is_object()  ? mismatch_of_object(value, schema, at)
           : value.is_array() ? mismatch_of_array(value, schema, at)
                              : "";
  }

  const Json& openapi() const { return openapi_; }
  // The schema that a reference names; null if there is none.
  const Json& resolved(const std::string& ref) const {
    static const Json none;
    const Json::json_pointer pointer(ref.substr(1));
    return openapi_.contains(pointer) ? openapi_.at(pointer) : none;
  }

 private:
  static bool has_type(const Json& value, const std::string& type) {
    return type == "object"    ? value.is_object()
           : type == "array"   ? value.is_array()
           : type == "string"  ? value.is_string()
           : type == "boolean" ? value.is_boolean()
           : type == "null"    ? value.is_null()
           : type == "integer" ? value.is_number() && std::trunc(value.get<double>()) == value.get<double>()
                               : type == "number" && value.is_number();
  }

  std::string mismatch_of_object(const Json& value, const Json& schema, const std::string& at) const {
    const Json properties = schema.value("properties", Json::object());
    for (const Json& name : schema.value("required", Json::array())) {
      if (!value.contains(name.get<std::string>())) {
        return at + " has no " + name.dump();
      }
    }
    // A schema without any keyword on fields allows all of them.
    const bool describes_fields = schema.contains("properties") || schema.contains("additionalProperties");
    const Json other = schema.value("additionalProperties", Json(!describes_fields));
    for (const auto& [name, field] : value.items()) {
      const bool described = properties.contains(name);
      if (!described && other.is_boolean() && !other.get<bool>()) {
        return at + " has a field that is not described: " + name;
      }
      const Json& field_schema = described ? properties[name] : other;
      if (field_schema.is_object()) {
        if (std::string wrong = mismatch(field, field_schema, at + "." + name); !wrong.empty()) {
          return wrong;
        }
      }
    }
    return "";
  }

  std::string mismatch_of_array(const Json& value, const Json& schema, const std::string& at) const {
    if (schema.contains("maxItems") && value.size() > schema["maxItems"]) {
      return at + " is too long";
    }
    for (size_t i = 0; i < value.size() && schema.contains("items"); ++i) {
      if (std::string wrong = mismatch(value[i], schema["items"], at + "[" + std::to_string(i) + "]"); !wrong.empty()) {
        return wrong;
      }
    }
    return "";
  }

  static std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> segments;
    for (size_t begin = 0; begin <= path.size();) {
      const size_t end = std::min(path.find('/', begin), path.size());
      segments.push_back(path.substr(begin, end - begin));
      begin = end + 1;
    }
    return segments;
  }

  // The operation with that path; of several, the one with the fewest placeholders.
  const Json* find(const std::string& method, const std::string& path) const {
    std::string lower = method;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::vector<std::string_view> segments = segments_of(path);
    const Json* found = nullptr;
    int fewest = 100;
    for (const auto& [pattern, operations] : openapi_.at("paths").items()) {
      const std::vector<std::string_view> expected = segments_of(pattern);
      const bool fits = std::equal(expected.begin(), expected.end(), segments.begin(), segments.end(),
                                   [](std::string_view one, std::string_view other) {
                                     return one.starts_with('{') ? !other.empty() : one == other;
                                   });
      const int placeholders = static_cast<int>(std::ranges::count(pattern, '{'));
      if (fits && operations.contains(lower) && placeholders < fewest) {
        found = &operations.at(lower);
        fewest = placeholders;
      }
    }
    return found;
  }

  Json openapi_;
};

}  // namespace haina
