// One file per command. A command adds its options to the parser and stores the action to run.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <string>

#include "base/error.h"
#include "base/progress.h"
#include "base/stop.h"
#include "config/config.h"
#include "data/dataset.h"
#include "model/model.h"

namespace haina {

// State that all commands share.
struct Terminal {
  StopFlag stop;                 // set by Ctrl-C
  Progress* progress = nullptr;  // a bar on a terminal, lines elsewhere
  bool json = false;             // --json: stdout carries one document and nothing else
};

using Action = std::function<Status()>;

// A subcommand whose help opens with the example.
CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& description,
                      const std::string& example);
// Makes the help of `app` and of subcommands that are added later open with their examples.
void open_help_with_example(CLI::App& app, const std::string& example);
// -c, --config
void add_config_option(CLI::App& command, std::string& path);

void add_init(CLI::App& app, Terminal& terminal, Action& chosen);
void add_prepare(CLI::App& app, Terminal& terminal, Action& chosen);
void add_train(CLI::App& app, Terminal& terminal, Action& chosen);
void add_evaluate(CLI::App& app, Terminal& terminal, Action& chosen);
void add_split(CLI::App& app, Terminal& terminal, Action& chosen);
void add_recommend(CLI::App& app, Terminal& terminal, Action& chosen);
void add_doctor(CLI::App& app, Terminal& terminal, Action& chosen);
void add_explain(CLI::App& app, Terminal& terminal, Action& chosen);
void add_serve(CLI::App& app, Terminal& terminal, Action& chosen);
void add_models(CLI::App& app, Terminal& terminal, Action& chosen);
void add_keys(CLI::App& app, Terminal& terminal, Action& chosen);
void add_encoders(CLI::App& app, Terminal& terminal, Action& chosen);
void add_synth(CLI::App& app, Terminal& terminal, Action& chosen);
void add_help(CLI::App& app, Terminal& terminal, Action& chosen);

// Writes data to stdout. kIo when it cannot be written (a full disk, a closed pipe).
Status print(const std::string& text);

// Results of the earlier steps, computed where they are missing: the prepared dataset; the trained model.
struct Trained {
  Config config;
  Dataset dataset;
  Model model;
  std::filesystem::path folder;
};
// A line where the model was trained on too little to hold anything out. about: of the model.
void tell_what_lacks(const nlohmann::json& about, Terminal& terminal);
// [train] threads, where it is set.
void use_threads(const Config& config);
Result<Dataset> prepared(const Config& config, Terminal& terminal);
Result<Trained> trained(const std::string& config_path, Terminal& terminal);

}  // namespace haina
