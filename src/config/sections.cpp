#include "config/sections.h"

#include <utility>

#include "config/keep.h"

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

}  // namespace

const std::vector<Section>& config_sections() {
  static const std::vector<Section> sections = {
      once("project", project_keys(), [](Config& config) -> Config& { return config; }),
      repeated("source", source_keys(), [](Config& config) -> auto& { return config.sources; }),
      repeated("align", align_keys(), [](Config& config) -> auto& { return config.align; }),
      once("clean", clean_keys(), [](Config& config) -> auto& { return config.clean; }),
      once("split", split_keys(), [](Config& config) -> auto& { return config.split; }),
      once("train", train_keys(), [](Config& config) -> auto& { return config.train; }),
      once("serve", serve_keys(), [](Config& config) -> auto& { return config.serve; }),
      repeated("rule", rule_keys(), [](Config& config) -> auto& { return config.serve.rules; }),
      {.key = "keep", .repeated = false, .info = describe(keep_keys()), .read = check_keep}};
  return sections;
}

}  // namespace haina
