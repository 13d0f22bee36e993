#include "model/prune_versions.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "model/version_pointer.h"
#include "model/versions.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

// Bytes of the files below `folders` that have no other name elsewhere.
int64_t bytes_freed(const std::vector<fs::path>& folders) {
  struct Links {
    uint64_t found = 0, all = 0;
    int64_t bytes = 0;
  };
  std::map<std::pair<dev_t, ino_t>, Links> files;
  std::error_code ignored;
  for (const fs::path& folder : folders) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, ignored)) {
      struct stat info = {};
      if (::lstat(entry.path().c_str(), &info) == 0 && S_ISREG(info.st_mode)) {
        Links& links = files[{info.st_dev, info.st_ino}];
        links = {.found = links.found + 1, .all = info.st_nlink, .bytes = int64_t{info.st_blocks} * 512};
      }
    }
  }
  int64_t bytes = 0;
  for (const auto& [file, links] : files) {
    bytes += links.found >= links.all ? links.bytes : 0;
  }
  return bytes;
}

// Renamed first, so that a version never is half there; a process that is killed meanwhile leaves a folder that the
// next one removes.
Status delete_folder(const fs::path& folder) {
  const fs::path gone = folder.string() + fmt::format(".tmp-{}", ::getpid());
  std::error_code code;
  fs::rename(folder, gone, code);
  if (code && code != std::errc::no_such_file_or_directory) {
    return fail({ErrorCode::kIo, "cannot delete: " + code.message(), folder.string(), "check the permissions"});
  }
  fs::remove_all(gone, code);
  return ok();
}

fs::path datasets_of(const Config& config) { return config.output_folder() / "datasets"; }

std::vector<std::string> datasets_without(const Config& config, const std::vector<std::string>& versions) {
  std::vector<std::string> left;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(datasets_of(config), ignored)) {
    const std::string name = entry.path().filename().string();
    if (trained_at(name) && std::ranges::find(versions, name) == versions.end()) {
      left.push_back(name);
    }
  }
  std::ranges::sort(left, std::greater());
  return left;
}

// The names that stay whatever their age is.
Result<std::set<std::string>> needed_versions(const Config& config) {
  HAINA_TRY(const std::string current, current_version(config));
  std::set<std::string> needed = {current};
  if (const Result<std::string> before = version_before(config)) {
    needed.insert(*before);
  } else if (before.error().code != ErrorCode::kNotFound) {
    return fail(before.error());
  }
  return needed;
}

}  // namespace

Result<Pruning> prune_versions(const Config& config, int64_t newest, DryRun dry_run) {
  Pruning pruning;
  const std::vector<std::string> names = version_names(config);
  if (names.empty()) {
    return pruning;
  }
  HAINA_TRY(const FileLock lock, lock_pointer(config));  // nobody puts one in use meanwhile
  HAINA_TRY(const std::set<std::string> needed, needed_versions(config));
  std::vector<fs::path> folders;
  for (size_t i = 0; i < names.size(); ++i) {
    const bool stays = static_cast<int64_t>(i) < newest || needed.contains(names[i]);
    (stays ? pruning.kept : pruning.versions).push_back(names[i]);
    if (!stays) {
      folders.push_back(config.models_folder() / names[i]);
      folders.push_back(datasets_of(config) / names[i]);
    }
  }
  pruning.datasets = datasets_without(config, names);
  for (const std::string& name : pruning.datasets) {
    folders.push_back(datasets_of(config) / name);
  }
  pruning.bytes = bytes_freed(folders);
  if (dry_run == DryRun::kNo) {
    for (const fs::path& folder : folders) {
      HAINA_OK(delete_folder(folder));
    }
    remove_left_behind(config.models_folder());
    remove_left_behind(datasets_of(config));
  }
  return pruning;
}

}  // namespace haina
