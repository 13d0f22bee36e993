#include "pipeline/doctor.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/wrapped.h"

namespace haina {
namespace {

struct DoctorArguments {
  std::string config = "haina.toml", user, item;
};

std::string findings_text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    const char* const mark = finding.level == FindingLevel::kProblem ? "problem"
                             : finding.level == FindingLevel::kNote  ? "note   "
                                                                     : "fine   ";
    text += wrapped(fmt::format("{}  {}: {}", mark, finding.about, finding.text), "         ") + "\n";
    if (!finding.hint.empty()) {
      text += wrapped("         hint: " + finding.hint, "         ") + "\n";
    }
  }
  return text;
}

Status examine(const DoctorArguments& arguments, Terminal& terminal) {
  HAINA_TRY(const Trained ready, trained(arguments.config, terminal));
  const auto findings = !arguments.user.empty() ? examine_user(arguments.user, ready.config, ready.dataset, ready.model)
                        : !arguments.item.empty()
                            ? examine_item(arguments.item, ready.config, ready.dataset, ready.model)
                            : examine_project(ready.config, ready.dataset, ready.model);
  HAINA_TRY(const std::vector<Finding> found, findings);
  return print(terminal.json ? to_json(found).dump(1) + "\n" : findings_text(found));
}

}  // namespace

void add_doctor(CLI::App& app, Terminal& terminal, Action& chosen) {
  auto arguments = std::make_shared<DoctorArguments>();
  CLI::App* const command =
      add_command(app, "doctor", "Say what is wrong with a project, a user's lists or an item, and what to do.",
                  "haina doctor --user 42");
  add_config_option(*command, arguments->config);
  CLI::Option* const user = command->add_option("--user", arguments->user, "why does this user get these items?");
  command->add_option("--item", arguments->item, "why is this item listed for somebody, or for nobody?")
      ->excludes(user);
  command->callback([arguments, &terminal, &chosen] {
    chosen = [arguments, &terminal]() -> Status { return examine(*arguments, terminal); };
  });
}

}  // namespace haina
