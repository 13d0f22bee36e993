#include "model/version_pointer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <span>
#include <system_error>

#include "base/file_lock.h"
#include "base/files.h"
#include "base/suggest.h"
#include "model/versions.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr size_t kRemembered = 20;  // earlier versions that roll_back can return to

struct Pointer {
  std::string current = {};              // empty: none was chosen yet
  std::vector<std::string> before = {};  // latest first
};

fs::path file_of(const Config& config) { return config.models_folder() / "current.json"; }

bool is_one_of(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

std::string hint_of(const std::vector<std::string>& names) {
  constexpr size_t kMostNamed = 10;
  const std::span<const std::string> some(names.data(), std::min(names.size(), kMostNamed));
  return names.empty() ? "run haina train"
                       : fmt::format("haina models use VERSION puts one of these in use: {}{}", fmt::join(some, ", "),
                                     some.size() < names.size() ? ", …" : "");
}

// Empty where there is no file; kBadData for a damaged one.
Result<Pointer> read_pointer(const Config& config) {
  const fs::path file = file_of(config);
  std::error_code code;
  if (!fs::exists(file, code) && !code) {
    return Pointer{};
  }
  const auto damaged = [&](const std::string& what) {
    return fail({ErrorCode::kBadData, "which version is in use cannot be read: " + what, file.string(),
                 hint_of(version_names(config))});
  };
  const Result<nlohmann::json> json = read_json(file);
  if (!json) {
    return damaged(json.error().what);
  }
  const bool sound = json->is_object() && json->contains("current") && (*json)["current"].is_string() &&
                     json->contains("before") && (*json)["before"].is_array() &&
                     std::ranges::all_of((*json)["before"], [](const auto& name) { return name.is_string(); });
  if (!sound) {
    return damaged("it names no version");
  }
  return Pointer{.current = (*json)["current"], .before = (*json)["before"]};
}

Status write_pointer(const Config& config, const Pointer& pointer) {
  const nlohmann::json json = {{"current", pointer.current}, {"before", pointer.before}};
  return write_text(file_of(config), json.dump(1) + "\n");
}

}  // namespace

Result<FileLock> lock_pointer(const Config& config) {
  return FileLock::take(config.models_folder() / "current.lock", "the versions are being changed", "try again",
                        FileLock::Busy::kWait);
}

namespace {

// The version in use, and what the pointer says.
Result<std::string> current_of(const Config& config, const Pointer& pointer) {
  const std::vector<std::string> names = version_names(config);
  if (names.empty()) {
    return fail({ErrorCode::kNotFound, "no trained model", config.models_folder().string(), "run haina train"});
  }
  if (pointer.current.empty()) {
    return names.front();
  }
  if (!is_one_of(names, pointer.current)) {
    return fail({ErrorCode::kBadData, fmt::format("the version in use, {}, is not there any more", pointer.current),
                 file_of(config).string(), hint_of(names)});
  }
  return pointer.current;
}

// The latest of the versions used before that is still there.
Result<std::string> before_of(const Config& config, const Pointer& pointer) {
  const std::vector<std::string> names = version_names(config);
  const auto found =
      std::ranges::find_if(pointer.before, [&](const std::string& name) { return is_one_of(names, name); });
  if (found == pointer.before.end()) {
    return fail({ErrorCode::kNotFound, "no version was in use before this one", config.models_folder().string(),
                 "haina models list shows all versions; haina models use VERSION puts one in use"});
  }
  return *found;
}

Status move_back(const Config& config, Pointer pointer, const std::string& version) {
  const auto at = std::ranges::find(pointer.before, version);
  pointer.before.erase(pointer.before.begin(), at == pointer.before.end() ? at : at + 1);
  pointer.current = version;
  return write_pointer(config, pointer);
}

}  // namespace

std::vector<std::string> version_names(const Config& config) {
  std::vector<std::string> names;
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(config.models_folder(), code)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && name.find(".tmp-") == std::string::npos && fs::exists(entry.path() / "manifest.json")) {
      names.push_back(name);
    }
  }
  std::ranges::sort(names, std::greater());
  return names;
}

Result<std::string> current_version(const Config& config) {
  HAINA_TRY(const Pointer pointer, read_pointer(config));
  return current_of(config, pointer);
}

Status check_version(const Config& config, const std::string& name) {
  const std::vector<std::string> names = version_names(config);
  if (!is_one_of(names, name)) {
    return fail({ErrorCode::kNotFound, fmt::format("no version '{}'", name), "version", did_you_mean(name, names)});
  }
  return ok();
}

Status use_version(const Config& config, const std::string& name) {
  HAINA_OK(check_version(config, name));
  HAINA_TRY(const FileLock lock, lock_pointer(config));
  HAINA_OK(check_version(config, name));                       // it may have been pruned meanwhile
  Pointer pointer = read_pointer(config).value_or(Pointer{});  // this is how a damaged one is mended
  const Result<std::string> before = current_of(config, pointer);
  if (before && *before != name) {
    pointer.before.insert(pointer.before.begin(), *before);
    pointer.before.resize(std::min(pointer.before.size(), kRemembered));
  }
  pointer.current = name;
  return write_pointer(config, pointer);
}

Result<std::string> version_before(const Config& config) {
  HAINA_TRY(const Pointer pointer, read_pointer(config));
  return before_of(config, pointer);
}

Result<std::string> roll_back(const Config& config) {
  HAINA_OK(version_before(config));
  HAINA_TRY(const FileLock lock, lock_pointer(config));
  HAINA_TRY(Pointer pointer, read_pointer(config));
  HAINA_TRY(std::string version, before_of(config, pointer));
  HAINA_OK(move_back(config, std::move(pointer), version));
  return version;
}

Status return_to(const Config& config, const std::string& version) {
  HAINA_OK(check_version(config, version));
  HAINA_TRY(const FileLock lock, lock_pointer(config));
  HAINA_OK(check_version(config, version));
  HAINA_TRY(Pointer pointer, read_pointer(config));
  return move_back(config, std::move(pointer), version);
}

Result<bool> return_from(const Config& config, const std::string& from, const std::string& version) {
  HAINA_TRY(const FileLock lock, lock_pointer(config));
  HAINA_TRY(Pointer pointer, read_pointer(config));
  const Result<std::string> current = current_of(config, pointer);
  if (!current || *current != from || !is_one_of(version_names(config), version)) {
    return false;
  }
  HAINA_OK(move_back(config, std::move(pointer), version));
  return true;
}

}  // namespace haina
