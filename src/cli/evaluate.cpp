#include "pipeline/evaluate.h"

#include <memory>
#include <vector>

#include "base/files.h"
#include "cli/command.h"
#include "cli/evaluate_report.h"
#include "evaluation/document.h"
#include "evaluation/report_html.h"

namespace haina {

void add_evaluate(CLI::App& app, Terminal& terminal, Action& chosen) {
  struct Options {
    std::string config = "haina.toml";
    std::string report = "report.html";
    std::vector<int64_t> ks = {5, 10, 20};
    bool no_ablation = false;
    bool verbose = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* const command = add_command(
      app, "evaluate", "Compute every metric on the test part: of the blend, of each expert, and without each source.",
      "haina evaluate --json > evaluation.json");
  add_config_option(*command, options->config);
  command->add_option("-k", options->ks, "list lengths, separated by commas")->delimiter(',')->capture_default_str();
  command->add_option("--report", options->report, "HTML page to write, relative to haina.toml; empty: none")
      ->capture_default_str();
  command->add_flag("--no-ablation", options->no_ablation, "do not train again without each source");
  command->add_flag("-v,--verbose", options->verbose, "print every metric, difference and group before the verdict");
  command->callback([options, &terminal, &chosen] {
    chosen = [options, &terminal]() -> Status {
      HAINA_TRY(const Trained ready, trained(options->config, terminal));
      HAINA_TRY(const nlohmann::json document,
                run_evaluate(ready.dataset, ready.config, ready.model,
                             {.ks = options->ks,
                              .ablation = options->no_ablation ? AblationMode::kNone : AblationMode::kRetrain,
                              .stop = &terminal.stop,
                              .progress = terminal.progress}));
      if (!options->report.empty()) {
        HAINA_OK(write_text(ready.config.folder / options->report, report_html(document)));
        terminal.progress->line("wrote " + (ready.config.folder / options->report).string());
      }
      if (terminal.json) {
        return print(document.dump(1) + "\n");
      }
      return print((options->verbose ? to_table(document) + "\n" : "") + evaluation_screen(document, options->report));
    };
  });
}

}  // namespace haina
