#include "pipeline/backup.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/sha256.h"
#include "base/tar.h"
#include "model/forget_in_project.h"
#include "model/version_pointer.h"
#include "model/versions.h"
#include "pipeline/backup_format.h"
#include "store/keys.h"
#include "store/store.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSqlite = "sqlite://";

struct File {
  std::string name;  // in the archive
  fs::path path;
  uint64_t bytes = 0;
  std::string sha256 = {};
  std::string same_as = {};  // the name of a file before it that is the same on the disk
};

Error changed(const std::string& name) {
  return {ErrorCode::kIo, fmt::format("'{}' was deleted or changed while it was backed up", name), "",
          "run haina backup again when no version is being deleted and no user forgotten"};
}

// Files below the folder, by name; unfinished ones are left out.
Status add_folder(const fs::path& folder, const std::string& name, std::vector<File>& files) {
  std::error_code code;
  std::vector<File> found;
  for (auto entry = fs::recursive_directory_iterator(folder, code);
       !code && entry != fs::recursive_directory_iterator(); entry.increment(code)) {
    const std::string relative = fs::relative(entry->path(), folder).string();
    if (relative.find(".tmp") == std::string::npos && entry->is_regular_file() && !entry->is_symlink()) {
      found.push_back({.name = name + "/" + relative, .path = entry->path()});
    }
  }
  if (code) {
    return fail(changed(name));
  }
  std::ranges::sort(found, {}, &File::name);
  std::ranges::move(found, std::back_inserter(files));
  return ok();
}

// The versions that there are at this moment, each with its dataset.
Result<std::vector<File>> files_of_versions(const Config& config, const std::vector<std::string>& versions) {
  std::vector<File> files;
  const fs::path pointer = config.models_folder() / "current.json";
  if (fs::exists(pointer)) {
    files.push_back({.name = "models/current.json", .path = pointer});
  }
  if (fs::exists(forgotten_file(config))) {
    files.push_back({.name = kBackupForgotten, .path = forgotten_file(config)});
  }
  bool all_own = true;
  for (const std::string& version : versions) {
    HAINA_OK(add_folder(config.models_folder() / version, "models/" + version, files));
    const fs::path dataset = dataset_folder(config, version).parent_path();
    if (fs::exists(dataset)) {
      HAINA_OK(add_folder(dataset, "datasets/" + version, files));
    }
    all_own = all_own && fs::exists(dataset_folder(config, version) / "manifest.json");
  }
  if (!all_own && fs::exists(config.prepared_folder())) {  // versions of earlier releases are of the project's dataset
    HAINA_OK(add_folder(config.prepared_folder(), "prepared", files));
  }
  return files;
}

Status measure(std::vector<File>& files) {
  std::map<std::pair<dev_t, ino_t>, const File*> known;
  for (File& file : files) {
    struct stat info = {};
    if (::stat(file.path.c_str(), &info) != 0) {
      return fail(changed(file.name));
    }
    file.bytes = static_cast<uint64_t>(info.st_size);
    const auto [same, is_new] = known.emplace(std::pair(info.st_dev, info.st_ino), &file);
    if (is_new) {
      HAINA_TRY(file.sha256, sha256_of(file.path));
    } else {
      file.same_as = same->second->name;
      file.sha256 = same->second->sha256;
    }
  }
  return ok();
}

Status write_file(TarWriter& tar, const File& file) {
  if (!file.same_as.empty()) {
    return tar.add_link(file.name, file.same_as);
  }
  std::ifstream in(file.path, std::ios::binary);
  HAINA_OK(tar.begin_file(file.name, file.bytes));
  std::string buffer(size_t{1} << 20, '\0');
  Sha256 hash;
  for (uint64_t left = file.bytes; left > 0;) {
    in.read(buffer.data(), static_cast<std::streamsize>(std::min<uint64_t>(left, buffer.size())));
    const auto got = static_cast<uint64_t>(in.gcount());
    if (got == 0) {
      return fail(changed(file.name));
    }
    hash.add(buffer.data(), got);
    HAINA_OK(tar.write({buffer.data(), got}));
    left -= got;
  }
  return hash.hex() == file.sha256 ? ok() : fail(changed(file.name));
}

Status write_archive(const fs::path& path, const nlohmann::json& manifest, const std::vector<File>& files) {
  HAINA_TRY(TarWriter tar, TarWriter::create(path));
  std::error_code code;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, code);  // it is about people
  if (code) {
    return fail({ErrorCode::kIo, code.message(), path.string(), "write it to a file system that has permissions"});
  }
  const std::string text = manifest.dump(1) + "\n";
  HAINA_OK(tar.begin_file(kBackupManifest, text.size()));
  HAINA_OK(tar.write(text));
  for (const File& file : files) {
    HAINA_OK(write_file(tar, file));
  }
  return tar.close();
}

// The URL of the store that is to be saved; empty where none was named and there is none.
std::string store_to_save(const Config& config, const std::string& url) {
  const fs::path usual = config.output_folder() / "live.db";
  if (url.empty()) {
    return fs::exists(usual) ? std::string(kSqlite) + usual.string() : "";
  }
  return url;
}

struct Temporary {
  explicit Temporary(fs::path file) : path(std::move(file)) { remove(); }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() { remove(); }
  void remove() const {
    std::error_code ignored;
    for (const char* const ending : {"", "-wal", "-shm", "-journal"}) {
      fs::remove(path.string() + ending, ignored);
    }
  }
  fs::path path;
};

}  // namespace

Result<Backup> back_up(const Config& config, const std::string& store_url, const fs::path& file,
                       const std::string& program) {
  if (fs::exists(file)) {
    return fail({ErrorCode::kInvalidArgument, "the file is there already", file.string(),
                 "name another file, or delete this one"});
  }
  Backup backup = {.file = file};
  const std::string url = store_to_save(config, store_url);
  const std::vector<std::string> versions = version_names(config);
  backup.versions = std::ssize(versions);
  std::vector<File> files = {{.name = "haina.toml", .path = config.file}};
  // The versions before the store: so the store has every event that one of them was trained on.
  HAINA_TRY(std::vector<File> of_versions, files_of_versions(config, versions));
  const Temporary copy(file.string() + ".store.tmp"), unfinished(file.string() + ".tmp");
  nlohmann::json manifest = {{"schema", kBackupSchema},
                             {"program", program},
                             {"created", expiry_text(now_us())},
                             {"versions", versions},
                             {"files", nlohmann::json::object()}};
  if (!url.empty()) {
    backup.has_store = true;
    HAINA_TRY(Store store, Store::open_existing(url));
    HAINA_OK(store.write_copy(copy.path.string()));
    HAINA_TRY(const std::string uuid, store.uuid());
    HAINA_TRY(Store copied, Store::open(std::string(kSqlite) + copy.path.string()));
    HAINA_OK(copied.replay([&](const LiveEvent&) { ++backup.events; }));  // and so all of them can be read
    manifest["store"] = {{"uuid", uuid}, {"events", backup.events}};
    files.push_back({.name = kBackupStore, .path = copy.path});
  }
  std::ranges::move(of_versions, std::back_inserter(files));
  HAINA_OK(measure(files));
  for (const File& one : files) {
    manifest["files"][one.name] = {{"bytes", one.bytes}, {"sha256", one.sha256}};
    backup.bytes += one.same_as.empty() ? static_cast<int64_t>(one.bytes) : 0;
  }
  backup.files = std::ssize(files);
  HAINA_OK(write_archive(unfinished.path, manifest, files));
  if (std::rename(unfinished.path.c_str(), file.c_str()) != 0) {
    return fail(io_error(file, "cannot rename into place"));
  }
  return backup;
}

}  // namespace haina
