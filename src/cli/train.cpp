#include "pipeline/train.h"

#include <fmt/format.h>

#include "base/files.h"
#include "cli/command.h"

namespace haina {

void add_train(CLI::App& app, Terminal& terminal, Action& chosen) {
  struct Options {
    std::string config = "haina.toml";
    std::vector<std::string> without;
    std::string from_store;
  };
  auto options = std::make_shared<Options>();
  CLI::App* const command =
      app.add_subcommand("train", "encode every source, fuse, train; writes models/<version>/\nexample: haina train");
  command->add_option("-c,--config", options->config, "haina.toml or its folder")->capture_default_str();
  command->add_option("--without", options->without, "switch sources off, by name");
  command->add_option("--from-store", options->from_store,
                      "sqlite://PATH or postgresql://…: also learn from what haina serve took in");
  command->callback([options, &terminal, &chosen] {
    chosen = [options, &terminal]() -> Status {
      HAINA_TRY(Config config, load_config(options->config));
      config.train.without.insert(config.train.without.end(), options->without.begin(), options->without.end());
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
      std::string text =
          fmt::format("trained in {:.1f} s: {}\n", about.at("seconds").at("total").get<double>(), folder.string());
      const nlohmann::json& ranker = about.at("ranker");
      text += fmt::format("blend ({}):", ranker.at("fit").get<std::string>());
      for (size_t m = 0; m < ranker.at("models").size(); ++m) {
        text +=
            fmt::format(" {} {:.2f}", ranker.at("models")[m].get<std::string>(), ranker.at("weights")[m].get<double>());
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
