// The reference of haina.toml, made from the tables of keys.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace haina {

// docs/config.md, as Markdown. after["train"] follows the section [train]: what folders above this one know of it.
std::string config_reference(const std::map<std::string, std::string>& after);
// docs/haina.schema.json: JSON Schema, draft 7, of haina.toml, for editors such as taplo.
nlohmann::ordered_json config_schema();

}  // namespace haina
