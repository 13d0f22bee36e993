#include "recommend/build_list.h"

#include "cli/command.h"

namespace haina {

void add_recommend(CLI::App& app, Terminal& terminal, Action& chosen) {
  struct Options {
    std::string config = "haina.toml";
    RecommendRequest request;
  };
  auto options = std::make_shared<Options>();
  CLI::App* const command = app.add_subcommand(
      "recommend", "a list, and why each item is on it\nexample: haina recommend --user 42 -k 10 --query \"space\"");
  command->add_option("-c,--config", options->config, "haina.toml or its folder")->capture_default_str();
  command->add_option("--user", options->request.user, "id of a user");
  command
      ->add_option("--history", options->request.history,
                   "item ids, oldest first, separated by commas; beats the stored history")
      ->delimiter(',');
  command->add_option("--query", options->request.query, "search words");
  command->add_option("-k", options->request.k, "length of the list")->capture_default_str();
  command->callback([options, &terminal, &chosen] {
    chosen = [options, &terminal]() -> Status {
      HAINA_TRY(const Trained ready, trained(options->config, terminal));
      HAINA_TRY(const nlohmann::json document,
                recommend(ready.dataset, ready.model, options->request, ready.config.serve));
      return print(terminal.json ? document.dump(1) + "\n" : recommendation_text(document));
    };
  });
}

}  // namespace haina
