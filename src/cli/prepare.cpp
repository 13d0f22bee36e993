#include "pipeline/prepare.h"

#include "cli/command.h"
#include "data/cleaning/quality_report.h"

namespace haina {

void add_prepare(CLI::App& app, Terminal& terminal, Action& chosen) {
  auto config_path = std::make_shared<std::string>("haina.toml");
  CLI::App* const command = app.add_subcommand(
      "prepare", "clean, dedupe, align and impute; shows the data-quality report\nexample: haina prepare");
  command->add_option("-c,--config", *config_path, "haina.toml or its folder")->capture_default_str();
  command->callback([config_path, &terminal, &chosen] {
    chosen = [config_path, &terminal]() -> Status {
      HAINA_TRY(const Config config, load_config(*config_path));
      HAINA_TRY(const Dataset dataset, prepared(config, terminal));
      return print(terminal.json ? dataset.quality.dump(1) + "\n" : quality_text(dataset.quality));
    };
  });
}

}  // namespace haina
