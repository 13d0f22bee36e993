// The sections of haina.toml, each a table of keys.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/key_table.h"

namespace haina {

const KeyTable<Config>& project_keys();
const KeyTable<SourceConfig>& source_keys();
const KeyTable<AlignConfig>& align_keys();
const KeyTable<CleanConfig>& clean_keys();
const KeyTable<SplitConfig>& split_keys();
const KeyTable<TrainConfig>& train_keys();
const KeyTable<ServeConfig>& serve_keys();
const KeyTable<RuleConfig>& rule_keys();

// A section of the root table.
struct Section {
  std::string key;  // "train" of [train]
  bool repeated;    // [[source]]
  SectionInfo info;
  std::function<Status(const ConfigValue&, Config&)> read;  // repeated: of one of its tables
};

// In the order of the reference page.
const std::vector<Section>& config_sections();

}  // namespace haina
