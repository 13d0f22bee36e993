// A section of haina.toml as a table of keys. Reading, validation, defaults, the reference page and the JSON Schema
// come from the table: a new key is one line in it and one member of the section's struct.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "config/config_value.h"
#include "config/value_types.h"

namespace haina {

// A key without the type of its section.
struct KeyInfo {
  std::string name;
  std::string doc;  // one line
  KeyRules rules;
  nlohmann::json schema;                                     // of the value
  std::string expected;                                      // "a whole number, 0 or more"
  nlohmann::json fallback;                                   // the value of a section without this key; null: no value
  std::vector<std::pair<std::string, std::string>> choices;  // values of an enum, each with its meaning
};

template <class S>
struct Key {
  // The default is that of the member in a default-constructed section.
  template <class T>
  Key(std::string name, T S::* member, std::string doc, KeyRules rules = {})
      : info{.name = std::move(name),
             .doc = std::move(doc),
             .rules = std::move(rules),
             .schema = {},
             .expected = {},
             .fallback = ValueType<T>::to_json(S().*member),
             .choices = {}},
        read([member](const KeyContext& context, const ConfigValue& value, S& into) {
          return ValueType<T>::read(context, value, into.*member);
        }),
        to_json([member](const S& section) { return ValueType<T>::to_json(section.*member); }) {
    info.schema = ValueType<T>::schema(info.rules);
    info.expected = ValueType<T>::expected(info.rules);
    info.fallback = info.rules.required ? nlohmann::json() : info.fallback;
    add_choices(static_cast<T*>(nullptr));
  }

  KeyInfo info;
  std::function<Status(const KeyContext&, const ConfigValue&, S&)> read;
  std::function<nlohmann::json(const S&)> to_json;

 private:
  template <NamedEnum E>
  void add_choices(E*) {
    for (const EnumName<E>& entry : enum_names(E{})) {
      info.choices.emplace_back(entry.name, entry.doc);
    }
  }
  template <NamedEnum E>
  void add_choices(std::optional<E>*) {
    add_choices(static_cast<E*>(nullptr));
  }
  void add_choices(void*) {}
};

// S has the members `place` and `places`, or `places` alone.
template <class S>
struct KeyTable {
  std::string name;  // "[train]", "[[source]]"
  std::string doc;
  std::string example;  // TOML
  std::vector<Key<S>> keys;
  std::function<Status(S&)> finish;  // checks of several keys together, and values that depend on other keys; or empty
};

// A section for the reference page and the schema.
struct SectionInfo {
  std::string name, doc, example;
  std::vector<KeyInfo> keys;
};

template <class S>
SectionInfo describe(const KeyTable<S>& table) {
  SectionInfo info = {.name = table.name, .doc = table.doc, .example = table.example, .keys = {}};
  for (const Key<S>& key : table.keys) {
    info.keys.push_back(key.info);
  }
  return info;
}

// Old names of keys: haina.toml gets a warning with the place; the HTTP API accepts them silently.
enum class OldNames { kWarn, kAccept };

// The value of each key of `keys`, nullptr where it is missing. kInvalidArgument for unknown keys (with "did you
// mean"), missing required ones, and a key given under its old and its new name.
Result<std::vector<const ConfigEntry*>> match_keys(const std::vector<const KeyInfo*>& keys, const std::string& section,
                                                   const ConfigValue& value, OldNames old_names);

template <class S>
Status read_section(const KeyTable<S>& table, const ConfigValue& value, OldNames old_names, S& into) {
  std::vector<const KeyInfo*> infos;
  for (const Key<S>& key : table.keys) {
    infos.push_back(&key.info);
  }
  HAINA_TRY(const std::vector<const ConfigEntry*> entries, match_keys(infos, table.name, value, old_names));
  if constexpr (requires { into.place; }) {
    into.place = value.place;
  }
  for (size_t k = 0; k < table.keys.size(); ++k) {
    const Key<S>& key = table.keys[k];
    if (entries[k] != nullptr) {
      into.places[key.info.name] = entries[k]->value.place;
      HAINA_OK(key.read({table.name, key.info.name, key.info.rules, into.places}, entries[k]->value, into));
    }
  }
  return table.finish ? table.finish(into) : ok();
}

// JSON Schema (draft 7) of a section's table.
enum class OldNamesInSchema { kAsDeprecated, kLeftOut };
nlohmann::json schema_of(const SectionInfo& section, OldNamesInSchema old_names);

}  // namespace haina
