#include "config/keep.h"

#include <algorithm>

#include "base/files.h"
#include "config/config_value.h"

namespace haina {

const KeyTable<KeepConfig>& keep_keys() {
  constexpr double kMostDays = 36'500;
  static const KeyTable<KeepConfig> table = {
      .name = "[keep]",
      .doc = "What haina serve and haina train delete with time; deleted rows are counted in the log and in /metrics.",
      .example = "[keep]\nversions = 10\nevents_days = 730\nlists_days = 30\n",
      .keys = {{"versions",
                &KeepConfig::versions,
                "newest trained versions that a training keeps, with their datasets; the one in use and the one that a "
                "rollback goes to stay in any case; 0: all",
                {.min = 0}},
               {"events_days",
                &KeepConfig::events_days,
                "days after which an event leaves the store of haina serve; 0: never. What a version was trained on "
                "stays learned; what none was is known until the next start",
                {.min = 0, .max = kMostDays}},
               {"lists_days",
                &KeepConfig::lists_days,
                "days after which a shown list and its feedback leave the store; 0: never",
                {.min = 0, .max = kMostDays}},
               {"lists",
                &KeepConfig::lists,
                "newest shown lists, and newest feedback, that the store keeps; 0: any number",
                {.min = 0}}},
      .finish = {}};
  return table;
}

Result<KeepConfig> load_keep(const Config& config) {
  KeepConfig keep;
  keep.place = config.file.string();
  if (config.file.empty()) {
    return keep;
  }
  HAINA_TRY(const std::string text, read_text(config.file));
  HAINA_TRY(const ConfigValue root, parse_toml(text, config.file.string()));
  const auto& table = *root.get<ConfigValue::Table>();
  const auto entry = std::ranges::find(table, "keep", &ConfigEntry::key);
  if (entry != table.end()) {
    HAINA_OK(read_section(keep_keys(), entry->value, OldNames::kAccept, keep));
  }
  return keep;
}

}  // namespace haina
