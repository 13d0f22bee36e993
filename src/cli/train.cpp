#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <system_error>

#include "base/files.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/train_report.h"
#include "pipeline/run_train.h"

namespace haina {
namespace {

struct TrainArguments {
  std::string config = "haina.toml";
  std::vector<std::string> exclude;
  std::vector<std::string> without;  // the flag's name before
  std::string from_store;
  std::string budget;
  bool no_refit = false;
  bool verbose = false;
};

// "90s", "10m", "1.5h" in seconds.
Result<double> parse_budget(const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string unit(rest, end);
  const double seconds = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 0;
  if (error != std::errc() || seconds == 0 || !(number > 0 && number * seconds < 1e9)) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is not a duration", text), "--budget",
                 "write a number and s, m or h: 90s, 10m, 1.5h"});
  }
  return number * seconds;
}

// The configuration with the flags in force.
Result<Config> configured(const TrainArguments& options) {
  if (!options.without.empty() && !options.exclude.empty()) {
    return fail({ErrorCode::kInvalidArgument, "both --exclude and its old name --without are given", "--without",
                 "write --exclude alone"});
  }
  if (!options.without.empty()) {
    log_warning("--without is now called --exclude\n  hint: rename it; the next release will not accept the old name");
  }
  HAINA_TRY(Config config, load_config(options.config));
  for (const std::vector<std::string>& names : {options.exclude, options.without}) {
    config.train.exclude.insert(config.train.exclude.end(), names.begin(), names.end());
  }
  if (!options.budget.empty()) {
    HAINA_TRY(config.train.budget_seconds, parse_budget(options.budget));
  }
  return config;
}

Result<std::filesystem::path> train(const Config& config, const TrainArguments& options, Terminal& terminal) {
  const TrainOptions how = {.stop = &terminal.stop, .progress = terminal.progress, .refit = !options.no_refit};
  if (!options.from_store.empty()) {
    return run_train_from_store(config, options.from_store, how);
  }
  HAINA_TRY(const Dataset dataset, prepared(config, terminal));
  return run_train(dataset, config, how);
}

Status run(const TrainArguments& options, Terminal& terminal) {
  HAINA_TRY(const Config config, configured(options));
  use_threads(config);
  HAINA_TRY(const std::filesystem::path folder, train(config, options, terminal));
  HAINA_TRY(const nlohmann::json manifest, read_json(folder / "manifest.json"));
  const nlohmann::json& about = manifest.at("about");
  if (terminal.json) {
    const nlohmann::json document = {{"schema", "haina.train/1"}, {"model", folder.string()}, {"about", about}};
    return print(document.dump(1) + "\n");
  }
  return print(train_report(about, folder, options.verbose ? ShowTrials::kAll : ShowTrials::kKept));
}

}  // namespace

void add_train(CLI::App& app, Terminal& terminal, Action& chosen) {
  auto options = std::make_shared<TrainArguments>();
  CLI::App* const command =
      add_command(app, "train", "Encode every source, train and blend the models; writes models/<version>/.",
                  "haina train --budget 10m");
  add_config_option(*command, options->config);
  command->add_option("--exclude", options->exclude, "sources to ignore, by name");
  command->add_option("--without", options->without, "old name of --exclude")->group("");
  command->add_option("--from-store", options->from_store,
                      "sqlite://PATH or postgresql://…: also learn from the events that haina serve received");
  command->add_option("--budget", options->budget,
                      "time for trying other settings of the experts: 90s, 10m, 1.5h; default: the few settings that "
                      "every training tries. How many fit depends on the machine");
  command->add_flag("--no-refit", options->no_refit,
                    "keep the models as they were fitted on the training part: to compare with published models that "
                    "never learn from the validation part");
  command->add_flag("-v,--verbose", options->verbose, "list every setting that was tried");
  command->callback(
      [options, &terminal, &chosen] { chosen = [options, &terminal] { return run(*options, terminal); }; });
}

}  // namespace haina
