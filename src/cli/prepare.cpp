#include "pipeline/prepare.h"

#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/prepare_report.h"

namespace haina {

void add_prepare(CLI::App& app, Terminal& terminal, Action& chosen) {
  auto config_path = std::make_shared<std::string>("haina.toml");
  CLI::App* const command = add_command(
      app, "prepare", "Read, align, clean and impute the sources; prints the data-quality report.", "haina prepare");
  add_config_option(*command, *config_path);
  command->callback([config_path, &terminal, &chosen] {
    chosen = [config_path, &terminal]() -> Status {
      HAINA_TRY(const Config config, load_config(*config_path));
      HAINA_TRY(const Dataset dataset, prepared(config, terminal));
      return print(terminal.json ? dataset.quality.dump(1) + "\n" : prepare_report(dataset.quality));
    };
  });
}

}  // namespace haina
