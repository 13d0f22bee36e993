// [serve.kafka]: topics, and properties that are passed on to the Kafka client as they are.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace haina {

struct KafkaSettings {
  std::vector<std::string> topics;                // besides the one of --events
  std::map<std::string, std::string> properties;  // librdkafka's: "security.protocol" -> "SASL_SSL"
};

}  // namespace haina
