#include <fmt/format.h>

#include "cli/command.h"
#include "model/versions.h"

namespace haina {

void add_models(CLI::App& app, Terminal& terminal, Action& chosen) {
  struct Options {
    std::string config = "haina.toml", version;
  };
  auto options = std::make_shared<Options>();
  CLI::App* const command = app.add_subcommand(
      "models", "trained versions; a running service follows in seconds\nexample: haina models list");
  command->require_subcommand(1);
  const auto sub = [&](const char* name, const char* says) {
    CLI::App* const made = command->add_subcommand(name, says);
    made->add_option("-c,--config", options->config, "haina.toml or its folder")->capture_default_str();
    return made;
  };

  sub("list", "newest first; * is in use")->callback([options, &terminal, &chosen] {
    chosen = [options, &terminal]() -> Status {
      HAINA_TRY(const Config config, load_config(options->config));
      HAINA_TRY(const std::vector<Version> versions, list_versions(config));
      nlohmann::json document = {{"schema", "haina.models/1"}, {"models", nlohmann::json::array()}};
      std::string text = versions.empty() ? "no trained model: run haina train\n" : "";
      for (const Version& version : versions) {
        const int64_t events = version.about.value("store", nlohmann::json::object()).value("events", int64_t{0});
        document["models"].push_back({{"version", version.name}, {"current", version.current}, {"events", events}});
        text += fmt::format("{} {}{}\n", version.current ? '*' : ' ', version.name,
                            events > 0 ? fmt::format("  with {} events from the store", events) : "");
      }
      return print(terminal.json ? document.dump(1) + "\n" : text);
    };
  });

  CLI::App* const use = sub("use", "put a version in use");
  use->add_option("version", options->version, "as list names it")->required();
  use->callback([options, &chosen] {
    chosen = [options]() -> Status {
      HAINA_TRY(const Config config, load_config(options->config));
      HAINA_OK(use_version(config, options->version));
      return print(fmt::format("{} is in use\n", options->version));
    };
  });

  sub("rollback", "back to the version in use before")->callback([options, &chosen] {
    chosen = [options]() -> Status {
      HAINA_TRY(const Config config, load_config(options->config));
      HAINA_TRY(const std::string version, roll_back(config));
      return print(fmt::format("{} is in use\n", version));
    };
  });
}

}  // namespace haina
