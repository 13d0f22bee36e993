// The `haina` program: parses the command line, runs one command, and turns its error into text and an exit code.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <arrow/compute/initialize.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "base/log.h"
#include "cli/backup.h"
#include "cli/command.h"
#include "cli/forget.h"
#include "cli/log_sink.h"
#include "cli/parse_error.h"
#include "cli/terminal_progress.h"

namespace haina {
namespace {

Terminal terminal;

// OpenMP threads spin for milliseconds before they sleep, which takes CPU time from other processes. Two concurrent
// trainings on 2 cores took 57 s and more; with a short spin 24 s; one training alone takes 15 s either way. libgomp
// reads the variable while it is loaded, so the program executes itself again with the variable set.
void set_short_spin(char** argv) {
  if (std::getenv("GOMP_SPINCOUNT") == nullptr && std::getenv("OMP_WAIT_POLICY") == nullptr &&
      ::setenv("GOMP_SPINCOUNT", "2000", 1) == 0) {
    ::execv("/proc/self/exe", argv);  // on failure the program continues with long spins
  }
}

extern "C" void on_interrupt(int) {
  if (terminal.stop.requested()) {
    std::_Exit(130);  // style-exception: the second Ctrl-C ends the program at once
  }
  terminal.stop.request();
}

int available_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

void add_commands(CLI::App& app, Action& chosen) {
  app.name("haina");
  app.set_version_flag("--version", std::string("haina ") + HAINA_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_flag("--json", terminal.json, "print one JSON document with a schema field to stdout");
  for (auto* const add :
       {add_init, add_prepare, add_train, add_evaluate, add_split, add_recommend, add_doctor, add_explain, add_serve,
        add_models, add_keys, add_forget, add_backup, add_restore, add_encoders, add_synth, add_help}) {
    add(app, terminal, chosen);
  }
}

int run(int argc, char** argv) {
  CLI::App app("Haina fuses everything a team knows about users and items, and recommends from it.");
  open_help_with_example(app, "haina init ./exports && haina train && haina recommend --user 42");
  Action chosen;
  add_commands(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& e) {
    return app.exit(e);
  } catch (const CLI::CallForVersion& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    const std::vector<std::string> args(argv + 1, argv + argc);
    const Error error = explain_parse_error(app, args, e);
    std::fprintf(stderr, "%s\n", to_text(error).c_str());
    return exit_code(error.code);
  }
  // What people write to share stays as the user's umask says; data, models and stores are for their owner alone.
  const bool to_share = std::ranges::any_of(std::array{"init", "evaluate", "recommend", "explain", "synth", "help"},
                                            [&](const char* name) { return app.got_subcommand(name); });
  if (!to_share) {
    ::umask(077);
  }
  TerminalProgress progress;
  terminal.progress = &progress;
  set_log_sink(write_log);
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  std::signal(SIGPIPE, SIG_IGN);
  at::set_num_threads(available_cpus());
  if (const arrow::Status status = arrow::compute::Initialize(); !status.ok()) {
    std::fprintf(stderr, "%s\n  hint: run tools/setup again\n", status.ToString().c_str());
    return 1;
  }
  if (const Status status = chosen(); !status) {
    write_last_error(status.error());
    return exit_code(status.error().code);
  }
  return 0;
}

}  // namespace
}  // namespace haina

int main(int argc, char** argv) {
  haina::set_short_spin(argv);
  try {
    return haina::run(argc, argv);
  } catch (const c10::OutOfMemoryError&) {
    std::fprintf(stderr,
                 "out of GPU memory\n  hint: lower width, batch, tokens or candidates in [train.network_params], "
                 "or write [train] device = \"cpu\"\n");
  } catch (const c10::Error& e) {
    std::fprintf(stderr, "internal error in libtorch: %s\n  hint: please report it with the command and the versions\n",
                 e.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "out of memory\n  hint: use a machine with more memory, or fewer rows\n");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "internal error: %s\n  hint: please report it with the command and the versions\n", e.what());
  }
  return 1;
}
