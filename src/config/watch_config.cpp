#include "config/watch_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <regex>
#include <string_view>
#include <utility>

#include "base/files.h"

namespace haina {
namespace {

using Json = nlohmann::json;

bool is_secret(std::string_view property) {
  constexpr std::array<std::string_view, 5> kSecrets = {"password", "secret", "key.pem", "token", "oauthbearer.config"};
  return std::ranges::any_of(kSecrets,
                             [&](std::string_view word) { return property.find(word) != std::string_view::npos; });
}

Result<std::vector<std::string>> topics_of(const KeyContext& context, const ConfigValue& value) {
  static const std::regex form(R"([\w.-]{1,249})");
  std::vector<std::string> topics;
  HAINA_OK(ValueType<std::vector<std::string>>::read(
      {context.section, context.key + ".topics", context.rules, context.places}, value, topics));
  for (const std::string& topic : topics) {
    if (!std::regex_match(topic, form)) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is not the name of a Kafka topic", topic),
                   value.place, "write 1 to 249 letters, digits, dots, underscores and hyphens"});
    }
  }
  return topics;
}

// Dotted names without quotes are nested tables in TOML: they are joined again.
Status read_properties(const KeyContext& context, const ConfigValue::Table& table, const std::string& prefix,
                       KafkaSettings& into) {
  for (const ConfigEntry& entry : table) {
    const std::string name = prefix + entry.key;
    if (const auto* const inner = entry.value.get<ConfigValue::Table>()) {
      HAINA_OK(read_properties(context, *inner, name + ".", into));
      continue;
    }
    if (name == "topics") {
      HAINA_TRY(into.topics, topics_of(context, entry.value));
      continue;
    }
    std::string& property = into.properties[name];
    context.places[context.key + "." + name] = entry.place;
    if (const auto* const text = entry.value.get<std::string>()) {
      property = *text;
    } else if (const auto* const number = entry.value.get<int64_t>()) {
      property = std::to_string(*number);
    } else if (const auto* const flag = entry.value.get<bool>()) {
      property = *flag ? "true" : "false";
    } else {
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("'{}.{}' in {} is {}", context.key, name, context.section, shown(entry.value)),
                   entry.value.place, "write a text in quotes, a whole number, true or false"});
    }
  }
  return ok();
}

Status check_otlp_endpoint(const std::string& text, const std::string& place) {
  const size_t scheme = text.starts_with("http://") ? 7 : text.starts_with("https://") ? 8 : 0;
  const std::string rest = scheme == 0 ? "" : text.substr(scheme);
  if (!text.empty() && (rest.empty() || rest.front() == '/' || rest.find_first_of(" @") != std::string::npos)) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is no URL of a collector of traces", text), place,
                 "write http://HOST:4318/v1/traces, or https://…"});
  }
  return ok();
}

}  // namespace

Status ValueType<KafkaSettings>::read(const KeyContext& context, const ConfigValue& value, KafkaSettings& into) {
  const auto* const table = value.get<ConfigValue::Table>();
  if (table == nullptr) {
    return wrong_type(context, value, expected(context.rules));
  }
  KafkaSettings settings;
  HAINA_OK(read_properties(context, *table, "", settings));
  into = std::move(settings);
  return ok();
}

Json ValueType<KafkaSettings>::to_json(const KafkaSettings& value) {
  Json table = Json::object();
  if (!value.topics.empty()) {
    table["topics"] = value.topics;
  }
  for (const auto& [name, text] : value.properties) {
    table[name] = is_secret(name) ? "…" : text;
  }
  return table;
}

Json ValueType<KafkaSettings>::schema(const KeyRules&) {
  return {{"type", "object"},
          {"properties", {{"topics", {{"type", "array"}, {"items", {{"type", "string"}}}}}}},
          {"additionalProperties", {{"type", {"string", "integer", "boolean", "object"}}}}};
}

const KeyTable<WatchConfig>& watch_keys() {
  static const KeyTable<WatchConfig> table = {
      .name = "[serve]",
      .doc = "What haina serve tells of itself, and where it reads events.",
      .example = "",
      .keys = {{"log_format",
                &WatchConfig::log_format,
                "form of the log of haina serve: JSON lines, text, or auto: text on a terminal, else JSON lines",
                {.allowed = {"auto", "json", "text"}}},
               {"access_log", &WatchConfig::access_log,
                "whether haina serve logs every request, not only those refused or failed"},
               {"otlp_endpoint",
                &WatchConfig::otlp_endpoint,
                "URL to which haina serve sends a trace of each request (OTLP over HTTP, JSON), "
                "\"http://collector:4318/v1/traces\"; empty: nowhere",
                {.check = check_otlp_endpoint}},
               {"kafka", &WatchConfig::kafka,
                "topics to read besides that of --events, and properties of the Kafka client by librdkafka's names: "
                "{ topics = [\"clicks\"], \"security.protocol\" = \"SASL_SSL\", \"sasl.password\" = "
                "\"${PASSWORD}\" }"}},
      .finish = {}};
  return table;
}

Result<WatchConfig> load_watch_config(const std::filesystem::path& file) {
  HAINA_TRY(const std::string text, read_text(file));
  HAINA_TRY(const ConfigValue root, parse_toml(text, file.string()));
  WatchConfig watch;
  const auto* const sections = root.get<ConfigValue::Table>();
  const auto serve = std::ranges::find(*sections, "serve", &ConfigEntry::key);
  if (serve == sections->end()) {
    return watch;
  }
  const auto* const table = serve->value.get<ConfigValue::Table>();
  ConfigValue ours = {.data = ConfigValue::Table(), .place = serve->value.place};
  for (const ConfigEntry& entry : table == nullptr ? ConfigValue::Table() : *table) {
    if (std::ranges::any_of(watch_keys().keys, [&](const auto& key) { return key.info.name == entry.key; })) {
      std::get<ConfigValue::Table>(ours.data).push_back(entry);
    }
  }
  HAINA_OK(read_section(watch_keys(), ours, OldNames::kWarn, watch));
  for (auto& [name, value] : watch.kafka.properties) {
    HAINA_TRY(value, expand_environment(value, watch.places["kafka." + name]));
  }
  return watch;
}

}  // namespace haina
