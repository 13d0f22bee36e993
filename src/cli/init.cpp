#include "pipeline/init.h"

#include <unistd.h>

#include <charconv>
#include <iostream>
#include <memory>

#include "cli/command.h"
#include "pipeline/init_doubts.h"

namespace haina {
namespace {

struct InitArguments {
  std::string path;
  std::string out = "haina.toml";
  bool force = false;
  bool ask = false;
  bool explain = false;
};

// The chosen answer; the first one for an empty line, the end of the input, and anything that is no number of a choice.
Result<std::string> ask(const Doubt& doubt) {
  std::string text = doubt_line(doubt) + "\n";
  for (const std::string& row : doubt.rows) {
    text += "      " + one_line(row) + "\n";
  }
  for (size_t c = 0; c < doubt.choices.size(); ++c) {
    text +=
        "  " + std::to_string(c + 1) + ") " + one_line(doubt.choices[c].label) + (c == 0 ? " (assumed)" : "") + "\n";
  }
  HAINA_OK(print(text + "Which? [1] "));
  std::string line;
  std::getline(std::cin, line);
  size_t choice = 1;
  std::from_chars(line.data(), line.data() + line.size(), choice);
  return doubt.choices[choice >= 1 && choice <= doubt.choices.size() ? choice - 1 : 0].answer;
}

// Asks each question once, and infers again with the answers: one may raise another.
Result<InitReport> init_with_questions(const InitArguments& options, InitReport report) {
  if (isatty(STDIN_FILENO) == 0) {
    HAINA_OK(print("--ask: the input is no terminal, so what was assumed stays\n"));
    return report;
  }
  DoubtAnswers answers;
  for (bool asked = true; asked;) {
    asked = false;
    for (const Doubt& doubt : report.details) {
      if (!doubt.key.empty() && doubt.choices.size() > 1 && !answers.contains(doubt.key)) {
        HAINA_TRY(answers[doubt.key], ask(doubt));
        asked = true;
        break;
      }
    }
    if (asked) {
      HAINA_TRY(report, run_init(options.path, options.out, Overwrite::kYes, answers));
    }
  }
  return report;
}

Status init(const InitArguments& options) {
  HAINA_TRY(InitReport report, run_init(options.path, options.out, options.force ? Overwrite::kYes : Overwrite::kNo));
  if (options.ask) {
    HAINA_TRY(report, init_with_questions(options, std::move(report)));
  }
  std::string text;
  for (const std::string& line : report.lines) {
    text += line + "\n";
  }
  for (const std::string& reason : options.explain ? report.reasons : std::vector<std::string>()) {
    text += "  " + one_line(reason) + "\n";
  }
  HAINA_OK(print(text + doubts_text(report.details) + "wrote " + options.out + "\n"));
  if (report.problem) {
    return fail(*report.problem);
  }
  return ok();
}

}  // namespace

void add_init(CLI::App& app, Terminal&, Action& chosen) {
  auto options = std::make_shared<InitArguments>();
  CLI::App* const command =
      add_command(app, "init", "Detect what each exported file holds, say what is doubtful, and write haina.toml.",
                  "haina init ./exports");
  command->add_option("PATH", options->path, "a folder of exports, or one file")->required();
  command->add_option("-c,--config", options->out, "the file to write")->capture_default_str();
  command->add_flag("--force", options->force, "overwrite the file if it exists");
  command->add_flag("--ask", options->ask, "ask about each doubt that has another answer");
  command->add_flag("--explain", options->explain, "say for each column why it got its role");
  command->callback([options, &chosen] { chosen = [options]() -> Status { return init(*options); }; });
}

}  // namespace haina
