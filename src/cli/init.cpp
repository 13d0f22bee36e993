#include "pipeline/init.h"

#include <memory>

#include "cli/command.h"

namespace haina {

void add_init(CLI::App& app, Terminal&, Action& chosen) {
  struct Options {
    std::string path;
    std::string out = "haina.toml";
    bool force = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* const command =
      add_command(app, "init", "Detect what each exported file holds, and write haina.toml with doubts as comments.",
                  "haina init ./exports");
  command->add_option("PATH", options->path, "a folder of exports, or one file")->required();
  command->add_option("-c,--config", options->out, "the file to write")->capture_default_str();
  command->add_flag("--force", options->force, "overwrite the file if it exists");
  command->callback([options, &chosen] {
    chosen = [options]() -> Status {
      HAINA_TRY(const InitReport report,
                run_init(options->path, options->out, options->force ? Overwrite::kYes : Overwrite::kNo));
      std::string text;
      for (const std::string& line : report.lines) {
        text += line + "\n";
      }
      return print(text + "wrote " + options->out + "\n");
    };
  });
}

}  // namespace haina
