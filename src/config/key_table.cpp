#include "config/key_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/suggest.h"

namespace haina {
namespace {

const ConfigEntry* find_entry(const ConfigValue::Table& table, const char* name) {
  const auto found = std::ranges::find_if(table, [&](const ConfigEntry& entry) { return entry.key == name; });
  return found == table.end() ? nullptr : &*found;
}

Status check_names(const std::vector<const KeyInfo*>& keys, const std::string& section,
                   const ConfigValue::Table& table) {
  for (const ConfigEntry& entry : table) {
    const bool known = std::ranges::any_of(keys, [&](const KeyInfo* key) {
      return key->name == entry.key || (key->rules.old_name != nullptr && entry.key == key->rules.old_name);
    });
    if (!known) {
      std::vector<std::string> names;
      for (const KeyInfo* const key : keys) {
        names.push_back(key->name);
      }
      return fail({ErrorCode::kInvalidArgument, fmt::format("unknown key '{}' in {}", entry.key, section), entry.place,
                   did_you_mean(entry.key, names)});
    }
  }
  return ok();
}

}  // namespace

Result<std::vector<const ConfigEntry*>> match_keys(const std::vector<const KeyInfo*>& keys, const std::string& section,
                                                   const ConfigValue& value, OldNames old_names) {
  const auto* const table = value.get<ConfigValue::Table>();
  if (table == nullptr) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("{} is {}, not a table", section, shown(value)), value.place,
                 fmt::format("write {} and its keys below", section)});
  }
  HAINA_OK(check_names(keys, section, *table));
  std::vector<const ConfigEntry*> entries;
  for (const KeyInfo* const key : keys) {
    const ConfigEntry* entry = find_entry(*table, key->name.c_str());
    const char* const old_name = key->rules.old_name;
    const ConfigEntry* const old_entry = old_name == nullptr ? nullptr : find_entry(*table, old_name);
    if (entry != nullptr && old_entry != nullptr) {
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("both '{}' and its old name '{}' are set in {}", key->name, old_name, section),
                   old_entry->place, fmt::format("remove '{}'", old_name)});
    }
    if (old_entry != nullptr && old_names == OldNames::kWarn) {
      log_warning(
          fmt::format("{}: '{}' in {} is now called '{}'\n  hint: rename it; the next release will not accept "
                      "the old name",
                      old_entry->place, old_name, section, key->name));
    }
    entry = entry == nullptr ? old_entry : entry;
    if (entry == nullptr && key->rules.required) {
      const std::string sample = key->choices.empty() ? "\"…\"" : fmt::format("\"{}\"", key->choices.front().first);
      return fail({ErrorCode::kInvalidArgument, fmt::format("{} has no '{}'", section, key->name), value.place,
                   fmt::format("write {} = {}: {}", key->name, sample, key->doc)});
    }
    entries.push_back(entry);
  }
  return entries;
}

nlohmann::json schema_of(const SectionInfo& section, OldNamesInSchema old_names) {
  nlohmann::json schema = {{"type", "object"}, {"description", section.doc}, {"additionalProperties", false}};
  for (const KeyInfo& key : section.keys) {
    nlohmann::json& property = schema["properties"][key.name];
    property = key.schema;
    property["description"] = key.doc;
    if (!key.fallback.is_null()) {
      property["default"] = key.fallback;
    }
    if (key.rules.required) {
      schema["required"].push_back(key.name);
    }
    if (key.rules.old_name != nullptr && old_names == OldNamesInSchema::kAsDeprecated) {
      nlohmann::json& old_property = schema["properties"][key.rules.old_name];
      old_property = key.schema;
      old_property["deprecated"] = true;
      old_property["description"] = fmt::format("old name of '{}'", key.name);
    }
  }
  return schema;
}

}  // namespace haina
