// haina backup, haina restore: one archive with all that a service needs to run again elsewhere.
#include "cli/backup.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <memory>
#include <string>

#include "cli/wrapped.h"
#include "pipeline/backup.h"

namespace haina {
namespace {

struct BackupArguments {
  std::string config = "haina.toml", store, file;
  RestoreOptions restore = {};
  bool replace = false, only_store = false;
};

double megabytes(int64_t bytes) { return static_cast<double>(bytes) / 1e6; }

Status run_backup(const BackupArguments& options, const Terminal& terminal) {
  HAINA_TRY(const Config config, load_config(options.config));
  const std::string usual = fmt::format("haina-backup-{:%Y%m%dT%H%M%S}.tar", fmt::gmtime(std::time(nullptr)));
  HAINA_TRY(const Backup backup,
            back_up(config, options.store, options.file.empty() ? usual : options.file, HAINA_VERSION));
  if (terminal.json) {
    const nlohmann::json document = {{"schema", "haina.backup-made/1"},
                                     {"file", backup.file.string()},
                                     {"files", backup.files},
                                     {"bytes", backup.bytes},
                                     {"versions", backup.versions},
                                     {"events", backup.has_store ? nlohmann::json(backup.events) : nlohmann::json()}};
    return print(document.dump(1) + "\n");
  }
  return print(fmt::format(
      "{}: {}, {}, {}, {:.1f} MB\nnot in it: the files that haina.toml names as sources\n", backup.file.string(),
      backup.has_store ? "a store with " + counted(backup.events, "event") : "no store",
      counted(backup.versions, "version"), counted(backup.files, "file"), megabytes(backup.bytes)));
}

Status run_restore(BackupArguments& options, const Terminal& terminal) {
  options.restore.store = options.store;
  options.restore.replace = options.replace ? Replace::kYes : Replace::kNo;
  options.restore.what = options.only_store ? RestoreWhat::kStore : RestoreWhat::kAll;
  HAINA_TRY(const Restored restored, restore(options.file, options.restore));
  if (terminal.json) {
    const nlohmann::json document = {{"schema", "haina.restored/1"},
                                     {"versions", restored.versions},
                                     {"events", restored.events},
                                     {"store", restored.store},
                                     {"before", restored.before.string()}};
    return print(document.dump(1) + "\n");
  }
  std::string text = options.only_store ? ""
                                        : fmt::format("{} in {}\n", counted(restored.versions, "version"),
                                                      options.restore.to.string());
  text += restored.store.empty() ? "no store: the backup has none\n"
                                 : fmt::format("{} in {}\n", counted(restored.events, "event"), restored.store);
  text += restored.before.empty()
              ? ""
              : fmt::format("what was there before is in {}: delete it when you are sure\n", restored.before.string());
  return print(text);
}

}  // namespace

void add_backup(CLI::App& app, Terminal& terminal, Action& chosen) {
  auto options = std::make_shared<BackupArguments>();
  CLI::App* const command =
      add_command(app, "backup", "Write store, versions, datasets and haina.toml into one archive, while serving.",
                  "haina backup shop.tar");
  command->add_option("file", options->file, "the archive, a plain tar; default: haina-backup-TIME.tar here");
  add_config_option(*command, options->config);
  command->add_option("--store", options->store,
                      "the store of haina serve, sqlite://PATH or postgresql://…; default: live.db beside the models");
  command->callback(
      [options, &terminal, &chosen] { chosen = [options, &terminal] { return run_backup(*options, terminal); }; });
}

void add_restore(CLI::App& app, Terminal& terminal, Action& chosen) {
  auto options = std::make_shared<BackupArguments>();
  CLI::App* const command =
      add_command(app, "restore", "Put a backup in place: checked as a whole first, then all of it or nothing.",
                  "haina restore shop.tar --to ./shop");
  command->add_option("file", options->file, "an archive of haina backup")->required();
  command->add_option("--to", options->restore.to, "the project's folder")->capture_default_str();
  command->add_option("--store", options->store,
                      "where the store goes: sqlite://PATH or postgresql://…; default: live.db beside the models");
  command->add_flag("--only-store", options->only_store,
                    "restore the store alone, for example to move it to PostgreSQL");
  command->add_flag("--replace", options->replace, "replace what is there; files are moved aside, not deleted");
  command->callback(
      [options, &terminal, &chosen] { chosen = [options, &terminal] { return run_restore(*options, terminal); }; });
}

}  // namespace haina
