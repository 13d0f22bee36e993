// JSON schemas (2020-12, as OpenAPI 3.1 uses it) of what the API takes and answers.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace haina {

// A schema, or a table of schemas, written as text: R"({"type": "object"})".
nlohmann::json schema(const char* text);
// A shared schema by its name: {"$ref": "#/components/schemas/NAME"}.
nlohmann::json shared_schema(const std::string& name);

// Shared schemas by name.
nlohmann::json list_schemas();     // Event, RecommendedItem, Explanation, List, …
nlohmann::json entity_schemas();   // Item, User, Rule, Key, …
nlohmann::json service_schemas();  // Health, Overview, Version, Training, …

}  // namespace haina
