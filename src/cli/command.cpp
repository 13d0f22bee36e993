#include "cli/command.h"

#include <memory>

namespace haina {
namespace {

// Holds the example as CLI11's footer, and prints it first.
class ExampleFirst final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
    const std::string example = app->get_footer();
    return mode == CLI::AppFormatMode::Sub || example.empty() ? text : "example: " + example + "\n\n" + text;
  }
  std::string make_footer(const CLI::App*) const override { return {}; }
};

}  // namespace

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& description,
                      const std::string& example) {
  CLI::App* const command = app.add_subcommand(name, description);
  command->footer(example);
  return command;
}

void open_help_with_example(CLI::App& app, const std::string& example) {
  app.formatter(std::make_shared<ExampleFirst>());
  app.footer(example);
}

void add_config_option(CLI::App& command, std::string& path) {
  command.add_option("-c,--config", path, "haina.toml or its folder")->capture_default_str();
}

}  // namespace haina
