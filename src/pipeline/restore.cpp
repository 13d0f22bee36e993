#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/file_lock.h"
#include "base/hashed_names.h"
#include "base/log.h"
#include "model/forget_in_project.h"
#include "pipeline/backup.h"
#include "pipeline/backup_format.h"
#include "pipeline/run_train.h"
#include "store/store.h"
#include "store/store_url.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSqlite = "sqlite://";

// Renames in order, and takes them back if one fails, or undo() is called.
class Moves {
 public:
  explicit Moves(fs::path before) : before_(std::move(before)) {}
  // What lies at `to` is moved to the folder `before` first.
  Status move(const fs::path& from, const fs::path& to) {
    std::error_code code;
    HAINA_OK(set_aside(to));
    fs::create_directories(to.parent_path(), code);
    return rename(from, to);
  }
  Status set_aside(const fs::path& path) {
    if (!fs::exists(path)) {
      return ok();
    }
    std::error_code code;
    fs::create_directories(before_, code);
    moved_aside_ = true;
    return rename(path, before_ / path.filename());
  }
  bool moved_aside() const { return moved_aside_; }
  void undo() {
    for (auto done = done_.rbegin(); done != done_.rend(); ++done) {
      std::error_code code;
      fs::rename(done->second, done->first, code);
      if (code) {
        log_warning(fmt::format("{} could not be moved back to {}: {}", done->second.string(), done->first.string(),
                                code.message()));
      }
    }
    done_.clear();
    std::error_code ignored;
    fs::remove(before_, ignored);  // only if it is empty
  }

 private:
  Status rename(const fs::path& from, const fs::path& to) {
    std::error_code code;
    fs::rename(from, to, code);
    if (code) {
      return fail({ErrorCode::kIo, fmt::format("cannot move it to {}: {}", to.string(), code.message()), from.string(),
                   code == std::errc::cross_device_link ? "restore into a folder of the same file system"
                                                        : "check the permissions and the free space"});
    }
    done_.emplace_back(from, to);
    return ok();
  }
  fs::path before_;
  bool moved_aside_ = false;
  std::vector<std::pair<fs::path, fs::path>> done_;
};

struct Staging {
  explicit Staging(fs::path folder) : path(std::move(folder)) {}
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  fs::path path;
};

struct Target {
  fs::path output;     // folder of models/ and datasets/
  std::string store;   // URL
  fs::path file = {};  // of an SQLite store
};

std::vector<std::string> project_parts(const fs::path& staged) {
  std::vector<std::string> parts;
  for (const char* const name : {"models", "datasets", "prepared", kBackupForgotten}) {
    if (fs::exists(staged / name)) {
      parts.emplace_back(name);
    }
  }
  return parts;
}

// kInvalidArgument, naming them, where there are things that would be replaced.
Status check_free(const Target& target, Store* shared, const fs::path& staged, const RestoreOptions& options) {
  std::vector<std::string> there;
  if (options.what == RestoreWhat::kAll) {
    if (fs::exists(options.to / "haina.toml")) {
      there.push_back((options.to / "haina.toml").string());
    }
    for (const std::string& part : project_parts(staged)) {
      if (fs::exists(target.output / part)) {
        there.push_back((target.output / part).string());
      }
    }
  }
  if (!target.file.empty() && fs::exists(target.file)) {
    there.push_back(target.file.string());
  }
  if (shared != nullptr) {
    HAINA_TRY(const bool empty, shared->is_empty());
    if (!empty) {
      there.push_back(without_password(target.store));
    }
    HAINA_TRY(const int64_t others, shared->other_sessions());
    if (others > 0) {
      return fail({ErrorCode::kIo, fmt::format("{} other connections of Haina use the database", others),
                   without_password(target.store), "end haina serve on every machine first"});
    }
  }
  if (!there.empty() && options.replace == Replace::kNo) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("there is something already: {}", fmt::join(there, ", ")),
                 options.to.string(),
                 "name another folder with --to, or replace it with --replace, which keeps what was there beside it"});
  }
  return ok();
}

HashedNames known_forgotten(const Config& project) {
  Result<HashedNames> names = forgotten_in_project(project);
  if (!names) {
    log_warning("users whom the project forgot since the backup may be there again: " + to_text(names.error()));
  }
  return names ? std::move(*names) : HashedNames();
}

// Adds whom that store has forgotten, and the hashes of the ids of the events that it deleted then.
Status add_forgotten(const std::string& url, HashedNames& names, std::vector<std::string>& ids) {
  HAINA_TRY(Store store, Store::open(url));
  HAINA_TRY(const HashedNames forgotten, store.forgotten_users());
  HAINA_TRY(ids, store.refused_ids());
  names.add(forgotten);
  return ok();
}

// What the restored store must know before anybody reads it: that it goes its own way, and who was forgotten since the
// backup. replaced: the store whose place it takes, if any; in_project: whom the project there has forgotten. Returns
// everybody whom the store has forgotten then.
Result<HashedNames> mark_restored(const fs::path& file, const std::string& replaced, const HashedNames& in_project) {
  HAINA_TRY(Store store, Store::open(std::string(kSqlite) + file.string()));
  HAINA_OK(store.begin_run());
  HashedNames gone;
  for (const auto& [key, time_us] : in_project.times()) {
    if (key.starts_with(store.salt() + ":")) {  // by this store, before it was restored
      gone.add(key, time_us);
    }
  }
  std::vector<std::string> ids;
  if (const Status read = replaced.empty() ? ok() : add_forgotten(replaced, gone, ids); !read) {
    log_warning("the replaced store cannot be read, so users whom it forgot since the backup may be there again: " +
                read.error().what);
  }
  if (!gone.empty()) {
    HAINA_OK(store.forget_all(gone, ids));
  }
  return store.forgotten_users();
}

// The datasets of the backup without users who were forgotten since.
void forget_again(const Config& project, const HashedNames& names) {
  const Result<Purged> purged = names.empty() ? Result<Purged>(Purged{}) : forget_in_project(project, names);
  const std::string left = purged ? fmt::format("{}", fmt::join(purged->not_yet, "; ")) : to_text(purged.error());
  if (!left.empty()) {
    log_warning("users who were forgotten since the backup are still in restored files; haina serve tries again: " +
                left);
  }
}

Status put_in_place(const fs::path& staged, const Target& target, Store* shared, const RestoreOptions& options,
                    Moves& moves) {
  const bool all = options.what == RestoreWhat::kAll;
  if (all) {
    for (const std::string& part : project_parts(staged)) {
      HAINA_OK(moves.move(staged / part, target.output / part));
    }
  }
  const fs::path store = staged / kBackupStore;
  if (!target.file.empty() && fs::exists(store)) {
    for (const char* const ending : {"-wal", "-shm"}) {
      HAINA_OK(moves.set_aside(target.file.string() + ending));
    }
    HAINA_OK(moves.move(store, target.file));
  }
  if (all) {
    HAINA_OK(moves.move(staged / "haina.toml", options.to / "haina.toml"));
  }
  return shared != nullptr ? shared->fill_from(store.string()) : ok();
}

Result<Target> target_of(const fs::path& staged, const RestoreOptions& options) {
  Target target = {.output = options.to, .store = options.store};
  if (options.what == RestoreWhat::kAll) {
    HAINA_TRY(Config config, load_config(staged / "haina.toml"));
    config.folder = options.to;
    target.output = config.output_folder();
  } else if (options.store.empty()) {
    HAINA_TRY(const Config config, load_config(options.to));
    target.output = config.output_folder();
  }
  if (target.store.empty()) {
    target.store = std::string(kSqlite) + (target.output / "live.db").string();
  }
  if (target.store.starts_with(kSqlite)) {
    target.file = target.store.substr(kSqlite.size());
  }
  return target;
}

// Beside what will be replaced, so that renaming suffices.
fs::path staging_folder(const RestoreOptions& options) {
  const bool to_file = options.what == RestoreWhat::kStore && options.store.starts_with(kSqlite);
  const fs::path beside = to_file ? fs::absolute(options.store.substr(kSqlite.size())).parent_path() : options.to;
  return beside / fmt::format("restore.tmp-{}", ::getpid());
}

}  // namespace

Result<Restored> restore(const fs::path& file, const RestoreOptions& options) {
  std::error_code code;
  const bool is_new = !fs::exists(options.to);
  fs::create_directories(options.to, code);
  if (code) {
    return fail({ErrorCode::kIo, code.message(), options.to.string(), "check the path and its permissions"});
  }
  const auto run = [&]() -> Result<Restored> {
    const Staging staging(staging_folder(options));
    HAINA_TRY(const nlohmann::json manifest, unpack_backup(file, staging.path, options.what));
    const fs::path store = staging.path / kBackupStore;
    const bool has_store = fs::exists(store);
    if (!has_store && options.what == RestoreWhat::kStore) {
      return fail({ErrorCode::kNotFound, "the backup has no store", file.string(), "restore without --only-store"});
    }
    HAINA_TRY(Target target, target_of(staging.path, options));
    std::optional<Store> shared;
    if (has_store && target.file.empty()) {
      HAINA_TRY(Store opened, Store::open(target.store));
      shared.emplace(std::move(opened));
    }
    HAINA_OK(check_free(has_store ? target : Target{.output = target.output, .store = ""}, shared ? &*shared : nullptr,
                        staging.path, options));
    std::vector<FileLock> locks;
    Config project;
    project.folder = target.output;
    if (options.what == RestoreWhat::kAll) {
      HAINA_TRY(FileLock lock, lock_training(project));
      locks.push_back(std::move(lock));
    }
    if (has_store && !target.file.empty()) {
      fs::create_directories(fs::absolute(target.file).parent_path(), code);
      HAINA_TRY(FileLock lock, FileLock::take(fs::weakly_canonical(target.file).string() + ".lock",
                                              "another haina serve uses this store", "end it first"));
      locks.push_back(std::move(lock));
    }
    HashedNames forgotten = known_forgotten(project);
    if (has_store) {
      const bool replaces = target.file.empty() ? !shared->is_empty().value_or(true) : fs::exists(target.file);
      HAINA_TRY(const HashedNames of_store, mark_restored(store, replaces ? target.store : "", forgotten));
      forgotten.add(of_store);
    }
    const fs::path before = target.output / fmt::format("before-restore-{}", now_us() / 1'000'000);
    Moves moves(before);
    ::sync();  // what was unpacked is on the disk before a name leads to it
    if (const Status placed = put_in_place(staging.path, target, shared ? &*shared : nullptr, options, moves);
        !placed) {
      moves.undo();
      return fail(placed.error());
    }
    if (options.what == RestoreWhat::kAll) {
      forget_again(project, forgotten);
    }
    ::sync();
    return Restored{.versions = std::ssize(manifest.value("versions", std::vector<std::string>())),
                    .events = manifest.value("store", nlohmann::json::object()).value("events", int64_t{0}),
                    .store = has_store ? without_password(target.store) : "",
                    .before = moves.moved_aside() ? before : fs::path()};
  };
  Result<Restored> restored = run();
  if (!restored && is_new) {
    fs::remove_all(options.to, code);  // made here: locks and empty folders
  }
  return restored;
}

}  // namespace haina
