// The keys of [serve] that concern the running service alone: its log, its traces, where it reads events. All other
// commands check them and leave it at that.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "config/config.h"
#include "config/kafka_settings.h"
#include "config/key_table.h"

namespace haina {

struct WatchConfig {
  std::string log_format = "auto";  // auto (text on a terminal, else json) | text | json
  bool access_log = false;          // a line per request, not only for those refused or failed
  std::string otlp_endpoint;        // "http://collector:4318/v1/traces"; empty: no traces are sent
  KafkaSettings kafka;
  KeyPlaces places;
};

const KeyTable<WatchConfig>& watch_keys();
// Of the file that a Config was loaded from. ${NAME} in a property of Kafka's is the environment's variable.
// kInvalidArgument as load_config, and where there is no such variable.
Result<WatchConfig> load_watch_config(const std::filesystem::path& file);

// { topics = ["clicks"], security.protocol = "SASL_SSL", "sasl.password" = "${PASSWORD}", session.timeout.ms = 6000 }.
// Written as JSON, properties that hold secrets are "…".
template <>
struct ValueType<KafkaSettings> {
  static Status read(const KeyContext& context, const ConfigValue& value, KafkaSettings& into);
  static nlohmann::json to_json(const KafkaSettings& value);
  static nlohmann::json schema(const KeyRules& rules);
  static std::string expected(const KeyRules&) { return "a table of topics and properties of librdkafka"; }
};

}  // namespace haina
