// The reference of haina.toml, made from the tables of keys.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace haina {

// docs/config.md, as Markdown.
std::string config_reference();
// docs/haina.schema.json: JSON Schema, draft 7, of haina.toml, for editors such as taplo.
nlohmann::ordered_json config_schema();

}  // namespace haina
