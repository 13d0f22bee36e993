#include <fmt/format.h>

#include <memory>

#include "base/suggest.h"
#include "cli/command.h"
#include "config/reference.h"
#include "pipeline/params_reference.h"

namespace haina {

void add_help(CLI::App& app, Terminal&, Action& chosen) {
  struct Options {
    std::string topic;
    bool schema = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* const command =
      add_command(app, "help", "Print the reference of haina.toml, or the help of a command.", "haina help config");
  command->add_option("TOPIC", options->topic, "config, or the name of a command");
  command->add_flag("--schema", options->schema, "of config: print the JSON Schema of haina.toml instead");
  command->callback([options, &app, &chosen] {
    chosen = [options, &app]() -> Status {
      if (options->topic == "config") {
        return print(options->schema ? config_schema().dump(1) + "\n" : config_reference(params_reference()));
      }
      if (options->schema) {
        return fail(
            {ErrorCode::kInvalidArgument, "only config has a schema", "--schema", "run haina help config --schema"});
      }
      std::vector<std::string> topics = {"config"};
      for (const CLI::App* const sub : app.get_subcommands({})) {
        if (sub->get_name() == options->topic) {
          return print(sub->help("haina"));
        }
        topics.push_back(sub->get_name());
      }
      if (options->topic.empty()) {
        return print(app.get_formatter()->make_help(&app, "haina", CLI::AppFormatMode::Normal));
      }
      return fail({ErrorCode::kInvalidArgument, fmt::format("no help on '{}'", options->topic), "TOPIC",
                   did_you_mean(options->topic, topics)});
    };
  });
}

}  // namespace haina
