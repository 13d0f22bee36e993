#include <fmt/format.h>

#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/wrapped.h"
#include "pipeline/export_split.h"

namespace haina {

void add_split(CLI::App& app, Terminal& terminal, Action& chosen) {
  struct Options {
    std::string config = "haina.toml", folder;
  };
  auto options = std::make_shared<Options>();
  CLI::App* const command = add_command(
      app, "split",
      "Write the training, validation and test events as CSV, so that other programs are tested on the same split.",
      "haina split parts/ && haina evaluate --lists other=lists.csv");
  add_config_option(*command, options->config);
  command->add_option("folder", options->folder, "where to write train.csv, validation.csv and test.csv")->required();
  command->callback([options, &terminal, &chosen] {
    chosen = [options, &terminal]() -> Status {
      HAINA_TRY(const Config config, load_config(options->config));
      HAINA_TRY(const Dataset dataset, prepared(config, terminal));
      HAINA_TRY(const auto rows, export_split(dataset, config, options->folder));
      if (terminal.json) {
        return print(nlohmann::json{{"schema", "haina.split/1"}, {"folder", options->folder}, {"rows", rows}}.dump(1) +
                     "\n");
      }
      std::string text;
      for (const auto& [name, count] : rows) {
        text += fmt::format("{}/{}  {}\n", options->folder, name, counted(count, "row"));
      }
      return print(text +
                   "train on train.csv, choose on validation.csv; for each user of test.csv write the best items as "
                   "user,item rows\nnext: haina evaluate --lists NAME=FILE\n");
    };
  });
}

}  // namespace haina
