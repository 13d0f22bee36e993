#include "pipeline/evaluate.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "cli/command.h"
#include "cli/evaluate_report.h"
#include "evaluation/document.h"
#include "evaluation/report_html.h"
#include "evaluation/report_words.h"

namespace haina {
namespace {

// NAME=FILE
Result<std::vector<std::pair<std::string, std::filesystem::path>>> named_files(const std::vector<std::string>& given) {
  std::vector<std::pair<std::string, std::filesystem::path>> files;
  for (const std::string& one : given) {
    const size_t sign = one.find('=');
    if (sign == 0 || sign == std::string::npos || sign + 1 == one.size()) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is not NAME=FILE", one), "--lists",
                   "write --lists als=als.csv"});
    }
    files.emplace_back(one.substr(0, sign), one.substr(sign + 1));
  }
  return files;
}

}  // namespace

void add_evaluate(CLI::App& app, Terminal& terminal, Action& chosen) {
  struct Options {
    std::string config = "haina.toml";
    std::string report = "report.html";
    std::string language = "en";
    std::vector<int64_t> ks = {5, 10, 20};
    std::vector<std::string> lists;
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
  command->add_option("--language", options->language, "language of that page: en or zh")->capture_default_str();
  command->add_option("--lists", options->lists,
                      "NAME=FILE: lists of another recommender for the test users, rows of user,item or "
                      "user,item,score; measured beside Haina. Can be given several times");
  command->add_flag("--no-ablation", options->no_ablation, "do not train again without each source");
  command->add_flag("-v,--verbose", options->verbose, "print every metric, difference and group before the verdict");
  command->callback([options, &terminal, &chosen] {
    chosen = [options, &terminal]() -> Status {
      HAINA_TRY(const auto lists, named_files(options->lists));
      HAINA_TRY(const Language language, parse_language(options->language));
      HAINA_TRY(const Trained ready, trained(options->config, terminal));
      HAINA_TRY(const nlohmann::json document,
                run_evaluate(ready.dataset, ready.config, ready.model,
                             {.ks = options->ks,
                              .ablation = options->no_ablation ? AblationMode::kNone : AblationMode::kRetrain,
                              .lists = lists,
                              .stop = &terminal.stop,
                              .progress = terminal.progress}));
      if (!options->report.empty()) {
        HAINA_OK(write_text(ready.config.folder / options->report, report_html(document, language)));
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
