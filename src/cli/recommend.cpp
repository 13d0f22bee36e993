#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "recommend/build_list.h"
#include "recommend/list_json.h"

namespace haina {
namespace {

// For a terminal: rank, title, id, score, and the explanation's text.
std::string list_text(const RecommendationList& list) {
  std::string text;
  for (const std::string& note : list.notes) {
    text += fmt::format("note: {}\n", note);
  }
  int rank = 0;
  for (const RecommendedItem& item : list.items) {
    text += fmt::format("{:3}. {}  [{}]  score {:.3f}\n     {}\n", ++rank, item.title, item.item, item.score,
                        item.explanation ? item.explanation->text : "");
  }
  return text;
}

}  // namespace

void add_recommend(CLI::App& app, Terminal& terminal, Action& chosen) {
  struct Options {
    std::string config = "haina.toml";
    RecommendRequest request;
  };
  auto options = std::make_shared<Options>();
  CLI::App* const command = add_command(app, "recommend", "Print a list for a user, with the reasons for each item.",
                                        "haina recommend --user 42 -k 10 --query \"space\"");
  add_config_option(*command, options->config);
  command->add_option("--user", options->request.user, "id of the user; default: a user without a history");
  command
      ->add_option("--history", options->request.history,
                   "item ids, oldest first, separated by commas; replaces the stored history")
      ->delimiter(',');
  command->add_option("--query", options->request.query, "search words");
  command->add_option("-k", options->request.k, "length of the list")->capture_default_str();
  command->callback([options, &terminal, &chosen] {
    chosen = [options, &terminal]() -> Status {
      HAINA_TRY(const Trained ready, trained(options->config, terminal));
      HAINA_TRY(const std::vector<Goal> goals, parse_goals(ready.config));
      HAINA_TRY(const RecommendationList list,
                recommend(ready.dataset, ready.model, options->request, ready.config.serve, goals));
      return print(terminal.json ? to_json(list).dump(1) + "\n" : list_text(list));
    };
  });
}

}  // namespace haina
