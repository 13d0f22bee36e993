// One file a command. A command adds its options to the parser and says what to run.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "base/error.h"
#include "base/progress.h"
#include "base/stop.h"
#include "config/config.h"
#include "data/dataset.h"
#include "model/model.h"

namespace haina {

// What every command has.
struct Terminal {
  StopFlag stop;                 // set by Ctrl-C
  Progress* progress = nullptr;  // a bar on a terminal, lines elsewhere
  bool json = false;             // --json: stdout carries one document and nothing else
};

using Action = std::function<Status()>;

void add_init(CLI::App& app, Terminal& terminal, Action& chosen);
void add_prepare(CLI::App& app, Terminal& terminal, Action& chosen);
void add_train(CLI::App& app, Terminal& terminal, Action& chosen);
void add_evaluate(CLI::App& app, Terminal& terminal, Action& chosen);
void add_recommend(CLI::App& app, Terminal& terminal, Action& chosen);
void add_serve(CLI::App& app, Terminal& terminal, Action& chosen);
void add_models(CLI::App& app, Terminal& terminal, Action& chosen);
void add_keys(CLI::App& app, Terminal& terminal, Action& chosen);

// stdout: data alone. kIo when it cannot be written (a full disk, a closed pipe).
Status print(const std::string& text);

// The steps before, done where they are missing: prepared dataset; trained model.
struct Trained {
  Config config;
  Dataset dataset;
  Model model;
  std::filesystem::path folder;
};
Result<Dataset> prepared(const Config& config, Terminal& terminal);
Result<Trained> trained(const std::string& config_path, Terminal& terminal);

}  // namespace haina
