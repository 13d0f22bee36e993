#include "pipeline/train.h"

#include <fmt/format.h>

#include <charconv>

#include "base/files.h"
#include "cli/command.h"

namespace haina {
namespace {

// "90s", "10m", "1.5h" in seconds.
Result<double> parse_budget(const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string unit(rest, end);
  const double seconds = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 0;
  if (error != std::errc() || seconds == 0 || !(number > 0 && number * seconds < 1e9)) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is no length of time", text), "--budget",
                 "write a number and s, m or h: 90s, 10m, 1.5h"});
  }
  return number * seconds;
}

// What a setting has other than the expert's own defaults: "factors 128, reg 0.2".
std::string shown(const std::string& expert, const nlohmann::json& params) {
  const auto entry = find_expert(expert, "");
  std::string text;
  for (const auto& [name, value] : params.items()) {
    const auto is_default = [&](const ParamSpec& spec) { return spec.name == name && spec.value == value; };
    if (!entry || std::ranges::none_of((*entry)->params, is_default)) {
      text += fmt::format("{}{} {:g}", text.empty() ? "" : ", ", name, value.get<double>());
    }
  }
  return text.empty() ? "defaults" : text;
}

std::string trials_text(const nlohmann::json& about, bool each) {
  const nlohmann::json& trials = about.at("trials");
  double seconds = 0;
  std::string lines, kept;
  for (const nlohmann::json& trial : trials) {
    const std::string expert = trial.at("expert");
    const std::string setting = shown(expert, trial.at("params"));
    seconds += trial.at("seconds").get<double>();
    if (each) {
      lines += fmt::format("\n  {:.4f} {:7.1f} s  {}: {}{}{}", trial.at("value").get<double>(),
                           trial.at("seconds").get<double>(), expert, setting,
                           trial.value("draft", false) ? " (draft)" : "", trial.at("kept").get<bool>() ? " *" : "");
    } else if (trial.at("kept").get<bool>()) {
      kept += fmt::format("{} {} ({})", kept.empty() ? ":" : ",", expert, setting);
    }
  }
  return fmt::format("\ntried {} settings by validation {} in {:.1f} s{}{}", trials.size(),
                     about.at("metric").get<std::string>(), seconds, kept, lines);
}

}  // namespace

void add_train(CLI::App& app, Terminal& terminal, Action& chosen) {
  struct Options {
    std::string config = "haina.toml";
    std::vector<std::string> without;
    std::string from_store;
    std::string budget;
    bool verbose = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* const command =
      app.add_subcommand("train", "encode every source, fuse, train; writes models/<version>/\nexample: haina train");
  command->add_option("-c,--config", options->config, "haina.toml or its folder")->capture_default_str();
  command->add_option("--without", options->without, "switch sources off, by name");
  command->add_option("--from-store", options->from_store,
                      "sqlite://PATH or postgresql://…: also learn from what haina serve took in");
  command->add_option("--budget", options->budget,
                      "time for trying other settings of the experts: 90s, 10m, 1.5h; without it the few that every "
                      "training tries. What fits into a time depends on the machine");
  command->add_flag("-v,--verbose", options->verbose, "list every setting that was tried");
  command->callback([options, &terminal, &chosen] {
    chosen = [options, &terminal]() -> Status {
      HAINA_TRY(Config config, load_config(options->config));
      config.train.without.insert(config.train.without.end(), options->without.begin(), options->without.end());
      if (!options->budget.empty()) {
        HAINA_TRY(config.train.budget_seconds, parse_budget(options->budget));
      }
      const TrainOptions how = {.stop = &terminal.stop, .progress = terminal.progress};
      const auto train = [&]() -> Result<std::filesystem::path> {
        if (!options->from_store.empty()) {
          return run_train_from_store(config, options->from_store, how);
        }
        HAINA_TRY(const Dataset dataset, prepared(config, terminal));
        return run_train(dataset, config, how);
      };
      HAINA_TRY(const std::filesystem::path folder, train());
      HAINA_TRY(const nlohmann::json manifest, read_json(folder / "manifest.json"));
      const nlohmann::json& about = manifest.at("about");
      if (terminal.json) {
        return print(nlohmann::json{{"schema", "haina.train/1"}, {"model", folder.string()}, {"about", about}}.dump(1) +
                     "\n");
      }
      const std::string device = about.value("device", "cpu");
      std::string text = fmt::format("trained in {:.1f} s{}: {}\n", about.at("seconds").at("total").get<double>(),
                                     device == "cpu" ? "" : " on " + device, folder.string());
      const nlohmann::json& ranker = about.at("ranker");
      text += fmt::format("blend ({}):", ranker.at("fit").get<std::string>());
      for (size_t m = 0; m < ranker.at("models").size(); ++m) {
        text +=
            fmt::format(" {} {:.2f}", ranker.at("models")[m].get<std::string>(), ranker.at("weights")[m].get<double>());
      }
      if (!about.at("trials").empty()) {
        text += trials_text(about, options->verbose);
      }
      for (const nlohmann::json& leak : about.at("leaks")) {
        text += fmt::format("\nleak scan: {} of {} assignments of {} lay on held-out pairs and were dropped",
                            leak.at("dropped").get<int64_t>(), leak.at("assignments").get<int64_t>(),
                            leak.at("field").get<std::string>());
      }
      return print(text + "\n");
    };
  });
}

}  // namespace haina
