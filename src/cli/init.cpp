#include "pipeline/init.h"

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
      app.add_subcommand("init",
                         "look at files, guess what each is, and write haina.toml with the doubts as comments\n"
                         "example: haina init ./exports");
  command->add_option("PATH", options->path, "a folder of exports, or one file")->required();
  command->add_option("-c,--config", options->out, "the file to write")->capture_default_str();
  command->add_flag("--force", options->force, "overwrite it where it exists");
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
