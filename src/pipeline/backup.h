// One archive with everything that a project's service needs to run again elsewhere, and back.
//
// The archive is a plain tar: manifest.json (schema haina.backup/1, with the SHA-256 of every file), haina.toml,
// store.db (a portable SQLite store, also of a PostgreSQL one), models/ with current.json, datasets/, forgotten.json.
// The exports that haina.toml names are not in it: versions keep their own datasets.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "config/config.h"

namespace haina {

struct Backup {
  std::filesystem::path file;
  int64_t files = 0, bytes = 0;
  int64_t versions = 0;
  bool has_store = false;
  int64_t events = 0;  // of the store
};
// Beside a running service: versions never change, and the store is copied as of one moment. `program` is noted in the
// manifest. store: URL; empty: live.db beside the models, if there is one. The file is complete or absent, for its
// owner alone. kInvalidArgument where it exists.
Result<Backup> back_up(const Config& config, const std::string& store, const std::filesystem::path& file,
                       const std::string& program);

enum class Replace { kNo, kYes };
enum class RestoreWhat { kAll, kStore };

struct RestoreOptions {
  std::filesystem::path to = ".";  // the project's folder
  std::string store = {};          // URL; empty: live.db beside the models
  Replace replace = Replace::kNo;
  RestoreWhat what = RestoreWhat::kAll;
};
struct Restored {
  int64_t versions = 0;
  int64_t events = 0;
  std::string store;             // its URL, without a password; empty: the backup has none
  std::filesystem::path before;  // where what was replaced lies now; empty: nothing was
};
// Unpacks beside the project, compares every file with its SHA-256, and only then puts all in place; where a step
// fails, what was there before comes back. What is replaced is moved aside, not deleted, but for the tables of a
// PostgreSQL database, which change in one transaction. The restored store begins a new run, so that versions which
// know later events than the backup has learn from the right one on (Store::same_until); users who were forgotten since
// the backup, by the replaced store or the project that is there, stay forgotten, also in the restored datasets.
// kInvalidArgument where a project or a store is there already and replace is kNo; kBadData for an archive that is
// damaged, is none, or was written by a newer Haina; kIo where a service uses the store or a training is at work.
Result<Restored> restore(const std::filesystem::path& file, const RestoreOptions& options);

}  // namespace haina
