#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/wrapped.h"
#include "model/forget_in_project.h"
#include "model/prune_versions.h"
#include "model/version_pointer.h"
#include "model/versions.h"
#include "pipeline/run_train.h"

namespace haina {
namespace {

std::string prune_document(const Pruning& pruned, bool dry_run) {
  const nlohmann::json document = {{"schema", "haina.prune/1"},   {"dry_run", dry_run},  {"versions", pruned.versions},
                                   {"datasets", pruned.datasets}, {"kept", pruned.kept}, {"bytes", pruned.bytes}};
  return document.dump(1) + "\n";
}

std::string prune_text(const Pruning& pruned, bool dry_run) {
  std::string text;
  for (const std::string& version : pruned.versions) {
    text += fmt::format("version {}\n", version);
  }
  for (const std::string& version : pruned.datasets) {
    text += fmt::format("dataset of the deleted version {}\n", version);
  }
  return text + fmt::format("{} {}, {:.1f} MB; {} left\n", dry_run ? "would delete" : "deleted",
                            counted(std::ssize(pruned.versions), "version"), static_cast<double>(pruned.bytes) / 1e6,
                            counted(std::ssize(pruned.kept), "version"));
}

Status list_models(const std::string& path, bool json) {
  HAINA_TRY(const Config config, load_config(path));
  HAINA_TRY(const std::vector<Version> versions, list_versions(config));
  nlohmann::json document = {{"schema", "haina.models/1"}, {"models", nlohmann::json::array()}};
  std::string text = versions.empty() ? "no trained model: run haina train\n" : "";
  for (const Version& version : versions) {
    const int64_t events = version.about.value("store", nlohmann::json::object()).value("events", int64_t{0});
    const size_t forgotten = trained_with(version.about).times().size();
    document["models"].push_back(
        {{"version", version.name}, {"current", version.current}, {"events", events}, {"forgotten_since", forgotten}});
    text += fmt::format("{} {}{}{}\n", version.current ? '*' : ' ', version.name,
                        events > 0 ? fmt::format("  with {} from the store", counted(events, "event")) : "",
                        forgotten == 1  ? "  trained with a user who is forgotten now"
                        : forgotten > 1 ? fmt::format("  trained with {} users who are forgotten now", forgotten)
                                        : "");
  }
  return print(json ? document.dump(1) + "\n" : text);
}

}  // namespace

void add_models(CLI::App& app, Terminal& terminal, Action& chosen) {
  struct Options {
    std::string config = "haina.toml", version;
    int64_t keep = 5;
    bool dry_run = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* const command = add_command(
      app, "models", "List trained versions and choose the one in use; a running service follows within seconds.",
      "haina models list");
  command->require_subcommand(1);
  const auto sub = [&](const char* name, const char* description, const char* example) {
    CLI::App* const made = add_command(*command, name, description, example);
    add_config_option(*made, options->config);
    return made;
  };

  sub("list", "List versions, newest first; * marks the one in use.", "haina models list")
      ->callback([options, &terminal, &chosen] {
        chosen = [options, &terminal]() -> Status { return list_models(options->config, terminal.json); };
      });

  CLI::App* const use = sub("use", "Put a version in use.", "haina models use 20260102T030405");
  use->add_option("version", options->version, "as haina models list prints it")->required();
  use->callback([options, &chosen] {
    chosen = [options]() -> Status {
      HAINA_TRY(const Config config, load_config(options->config));
      HAINA_OK(check_version(config, options->version));
      HAINA_TRY(const Loaded loaded, load_version(config, options->version));  // or it stays as it is
      HAINA_OK(use_version(config, options->version));
      return print(fmt::format("{} is in use\n", options->version));
    };
  });

  sub("rollback", "Return to the version that was in use before.", "haina models rollback")
      ->callback([options, &chosen] {
        chosen = [options]() -> Status {
          HAINA_TRY(const Config config, load_config(options->config));
          HAINA_TRY(const std::string version, version_before(config));
          HAINA_TRY(const Loaded loaded, load_version(config, version));  // or it stays as it is
          HAINA_OK(return_to(config, version));
          return print(fmt::format("{} is in use\n", version));
        };
      });

  CLI::App* const prune = sub("prune", "Delete old versions and the datasets that no version uses.",
                              "haina models prune --keep 5 --dry-run");
  prune
      ->add_option("--keep", options->keep,
                   "newest versions that stay, with the one in use and the one that a rollback returns to")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  prune->add_flag("--dry-run", options->dry_run, "say what would go, and delete nothing");
  prune->callback([options, &terminal, &chosen] {
    chosen = [options, &terminal]() -> Status {
      HAINA_TRY(const Config config, load_config(options->config));
      HAINA_TRY(const FileLock lock, lock_training(config));  // whose dataset is there before its version
      HAINA_TRY(const Pruning pruned,
                prune_versions(config, options->keep, options->dry_run ? DryRun::kYes : DryRun::kNo));
      return print(terminal.json ? prune_document(pruned, options->dry_run) : prune_text(pruned, options->dry_run));
    };
  });
}

}  // namespace haina
