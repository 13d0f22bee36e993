#include "config/sections.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>
#include <vector>

#include "config/keep.h"
#include "config/watch_config.h"

namespace haina {
namespace {

template <class S, class Get>
Section once(std::string key, const KeyTable<S>& table, Get get) {
  return {.key = std::move(key),
          .repeated = false,
          .info = describe(table),
          .read = [&table, get](const ConfigValue& value, Config& config) {
            return read_section(table, value, OldNames::kWarn, get(config));
          }};
}

template <class S, class Get>
Section repeated(std::string key, const KeyTable<S>& table, Get get) {
  return {.key = std::move(key),
          .repeated = true,
          .info = describe(table),
          .read = [&table, get](const ConfigValue& value, Config& config) -> Status {
            S one;
            HAINA_OK(read_section(table, value, OldNames::kWarn, one));
            get(config).push_back(std::move(one));
            return ok();
          }};
}

// Who keeps something reads the section when it does, see load_keep.
Status check_keep(const ConfigValue& value, Config&) {
  KeepConfig keep;
  return read_section(keep_keys(), value, OldNames::kWarn, keep);
}

// [serve] has the keys of two structs: how lists are made, and what the running service needs besides, which is checked
// here and read by load_watch_config().
Section serve_section() {
  SectionInfo info = describe(serve_keys());
  std::ranges::copy(describe(watch_keys()).keys, std::back_inserter(info.keys));
  const auto read = [info](const ConfigValue& value, Config& config) -> Status {
    std::vector<const KeyInfo*> keys;
    for (const KeyInfo& key : info.keys) {
      keys.push_back(&key);
    }
    HAINA_OK(match_keys(keys, info.name, value, OldNames::kAccept));
    ConfigValue of_lists = {.data = ConfigValue::Table(), .place = value.place}, of_service = of_lists;
    for (const ConfigEntry& entry : *value.get<ConfigValue::Table>()) {
      const bool watch =
          std::ranges::any_of(watch_keys().keys, [&](const auto& key) { return key.info.name == entry.key; });
      std::get<ConfigValue::Table>((watch ? of_service : of_lists).data).push_back(entry);
    }
    WatchConfig checked;
    HAINA_OK(read_section(watch_keys(), of_service, OldNames::kWarn, checked));
    return read_section(serve_keys(), of_lists, OldNames::kWarn, config.serve);
  };
  return {.key = "serve", .repeated = false, .info = info, .read = read};
}

}  // namespace

const std::vector<Section>& config_sections() {
  static const std::vector<Section> sections = {
      once("project", project_keys(), [](Config& config) -> Config& { return config; }),
      repeated("source", source_keys(), [](Config& config) -> auto& { return config.sources; }),
      repeated("align", align_keys(), [](Config& config) -> auto& { return config.align; }),
      once("clean", clean_keys(), [](Config& config) -> auto& { return config.clean; }),
      once("split", split_keys(), [](Config& config) -> auto& { return config.split; }),
      once("train", train_keys(), [](Config& config) -> auto& { return config.train; }),
      serve_section(),
      repeated("rule", rule_keys(), [](Config& config) -> auto& { return config.serve.rules; }),
      {.key = "keep", .repeated = false, .info = describe(keep_keys()), .read = check_keep}};
  return sections;
}

}  // namespace haina
