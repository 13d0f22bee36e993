#include "pipeline/explain/explain.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "cli/command.h"
#include "cli/explain_report.h"
#include "evaluation/explain/explain_html.h"
#include "evaluation/report_words.h"
#include "model/versions.h"

namespace haina {
namespace {

struct ExplainArguments {
  std::string config = "haina.toml", model, report, language = "en";
  std::vector<std::string> sources;
  int64_t most_items = 5000;
  bool shapley = false;
};

// Unlike evaluate, nothing is trained unasked: what is to be explained must be there.
Status explain_model(const ExplainArguments& arguments, Terminal& terminal) {
  if (!arguments.shapley && !arguments.sources.empty()) {
    return fail({ErrorCode::kInvalidArgument,
                 "--sources names what takes part in Shapley values, which are not asked for", "--sources",
                 "add --shapley"});
  }
  HAINA_TRY(const Language language, parse_language(arguments.language));
  HAINA_TRY(const Config config, load_config(arguments.config));
  std::string version = arguments.model;
  if (version.empty()) {
    HAINA_TRY(version, current_version(config));
  } else {
    HAINA_OK(check_version(config, version));
  }
  HAINA_TRY(const Loaded loaded, load_version(config, version));
  use_threads(config);
  HAINA_TRY(const nlohmann::json document,
            run_explain(loaded.dataset, config, loaded.model,
                        {.source_values = arguments.shapley ? SourceValues::kMeasure : SourceValues::kSkip,
                         .of_sources = {.sources = arguments.sources, .most_items = arguments.most_items},
                         .stop = &terminal.stop,
                         .progress = terminal.progress}));
  if (!arguments.report.empty()) {
    HAINA_OK(write_text(config.folder / arguments.report, explain_html(document, language)));
    terminal.progress->line("wrote " + (config.folder / arguments.report).string());
  }
  return print(terminal.json ? document.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                             : explain_screen(document));
}

}  // namespace

void add_explain(CLI::App& app, Terminal& terminal, Action& chosen) {
  auto arguments = std::make_shared<ExplainArguments>();
  CLI::App* const command = add_command(
      app, "explain",
      "Say what the model has learned: what its lists rely on, what each source is worth, how numbers move scores.",
      "haina explain --shapley --report explain.html");
  add_config_option(*command, arguments->config);
  command->add_option("--model", arguments->model, "a version, as haina models list names it; default: the one in use");
  command->add_flag("--shapley", arguments->shapley,
                    "measure what each source is worth: exact Shapley values of NDCG@10 on validation users, by a "
                    "linear model of every set of sources; kept in explain/ for the next time");
  command
      ->add_option("--sources", arguments->sources,
                   "with --shapley: fields, files or actions that take part, separated by commas; default: all")
      ->delimiter(',');
  command
      ->add_option("--most-items", arguments->most_items, "with --shapley: so many of the most popular items take part")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{100}, int64_t{20000}));
  command->add_option("--report", arguments->report, "HTML page to write, relative to haina.toml; default: none");
  command->add_option("--language", arguments->language, "language of that page: en or zh")->capture_default_str();
  command->callback([arguments, &terminal, &chosen] {
    chosen = [arguments, &terminal]() -> Status { return explain_model(*arguments, terminal); };
  });
}

}  // namespace haina
