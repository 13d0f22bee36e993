#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/sha256.h"
#include "base/tar.h"
#include "pipeline/backup_format.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

Status check_schema(const nlohmann::json& manifest, const fs::path& file) {
  const std::string_view known = kBackupSchema;
  const std::string_view name = known.substr(0, known.find('/') + 1);
  const std::string schema = manifest.is_object() ? manifest.value("schema", "") : "";
  if (schema == known && manifest.contains("files") && manifest["files"].is_object()) {
    return ok();
  }
  int number = 0;
  if (schema.starts_with(name)) {
    std::from_chars(schema.data() + name.size(), schema.data() + schema.size(), number);
  }
  if (number > 1) {
    return fail({ErrorCode::kBadData,
                 fmt::format("the backup was written by a newer Haina ({}): its format is {}, this program knows {}",
                             manifest.value("program", "?"), schema, known),
                 file.string(), "restore it with that version of Haina"});
  }
  return fail(
      {ErrorCode::kBadData, "the archive is no backup of Haina", file.string(), "name a file that haina backup wrote"});
}

// A name that leads out of the folder, or is not the manifest's, is refused.
bool is_sound(const std::string& name, const nlohmann::json& files) {
  const fs::path path(name);
  return !name.empty() && path.is_relative() && std::ranges::find(path, fs::path("..")) == path.end() &&
         files.contains(name) && files[name].is_object();
}

tl::unexpected<Error> differs(const std::string& what, const fs::path& file) {
  return fail({ErrorCode::kBadData, "the backup is damaged: " + what, file.string(),
               "use another backup, or copy the file again; nothing was changed"});
}

Result<nlohmann::json> read_manifest(TarReader& tar, const fs::path& file) {
  constexpr uint64_t kLongest = uint64_t{256} << 20U;
  HAINA_TRY(const std::optional<TarReader::Entry> first, tar.next());
  if (!first || first->name != kBackupManifest || first->bytes > kLongest) {
    HAINA_OK(check_schema({}, file));
  }
  std::string text;
  while (true) {
    HAINA_TRY(const std::string_view part, tar.read());
    if (part.empty()) {
      break;
    }
    text += part;
  }
  const nlohmann::json manifest = nlohmann::json::parse(text, nullptr, false);
  if (manifest.is_discarded()) {
    return differs("its manifest cannot be read", file);
  }
  HAINA_OK(check_schema(manifest, file));
  return manifest;
}

// Writes the entry's bytes to `to`, or only reads them where `to` is empty, and compares their SHA-256.
Status extract(TarReader& tar, const TarReader::Entry& entry, const nlohmann::json& expected, const fs::path& to,
               const fs::path& file) {
  std::optional<FileWriter> out;
  if (!to.empty()) {
    std::error_code code;
    fs::create_directories(to.parent_path(), code);
    HAINA_TRY(FileWriter writer, FileWriter::create(to));
    out.emplace(std::move(writer));
  }
  Sha256 hash;
  while (true) {
    HAINA_TRY(const std::string_view part, tar.read());
    if (part.empty()) {
      break;
    }
    hash.add(part.data(), part.size());
    if (out) {
      HAINA_OK(out->write(part));
    }
  }
  if (out) {
    HAINA_OK(out->close());
  }
  if (hash.hex() != expected.value("sha256", "")) {
    return differs(fmt::format("the SHA-256 of '{}' is not that of its manifest", entry.name), file);
  }
  return ok();
}

Status extract_link(const TarReader::Entry& entry, const nlohmann::json& files, const std::set<std::string>& seen,
                    const fs::path& folder, bool is_wanted, const fs::path& file) {
  if (!seen.contains(entry.target) ||
      files[entry.name].value("sha256", "") != files[entry.target].value("sha256", "")) {
    return differs(fmt::format("'{}' is a name of a file that is not there", entry.name), file);
  }
  if (!is_wanted) {
    return ok();
  }
  std::error_code code;
  const fs::path to = folder / entry.name;
  fs::create_directories(to.parent_path(), code);
  fs::create_hard_link(folder / entry.target, to, code);
  if (code) {
    code.clear();
    fs::copy_file(folder / entry.target, to, code);
  }
  return code ? fail({ErrorCode::kIo, code.message(), to.string(), "free some disk space"}) : ok();
}

}  // namespace

Result<nlohmann::json> unpack_backup(const fs::path& file, const fs::path& folder, RestoreWhat what) {
  HAINA_TRY(TarReader tar, TarReader::open(file));
  HAINA_TRY(const nlohmann::json manifest, read_manifest(tar, file));
  const nlohmann::json& files = manifest["files"];
  std::set<std::string> seen;
  while (true) {
    HAINA_TRY(const std::optional<TarReader::Entry> entry, tar.next());
    if (!entry) {
      break;
    }
    if (!is_sound(entry->name, files) || !seen.insert(entry->name).second) {
      return differs(fmt::format("it holds '{}', which its manifest does not name", entry->name), file);
    }
    const bool is_wanted = what == RestoreWhat::kAll || entry->name == kBackupStore;
    HAINA_OK(entry->target.empty()
                 ? extract(tar, *entry, files[entry->name], is_wanted ? folder / entry->name : fs::path(), file)
                 : extract_link(*entry, files, seen, folder, is_wanted, file));
  }
  for (const auto& [name, expected] : files.items()) {
    if (!seen.contains(name)) {
      return differs(fmt::format("'{}' is missing", name), file);
    }
  }
  return manifest;
}

}  // namespace haina
