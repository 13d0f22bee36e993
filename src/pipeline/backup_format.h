// Names in the archive of a backup; for the files that write and read it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "pipeline/backup.h"

namespace haina {

// The number rises where an earlier release would misread an archive.
inline constexpr const char* kBackupSchema = "haina.backup/1";
inline constexpr const char* kBackupManifest = "manifest.json";  // the first entry
inline constexpr const char* kBackupStore = "store.db";
inline constexpr const char* kBackupForgotten = "forgotten.json";

// Unpacks what is wanted of the archive into the folder and returns its manifest. All of it is read, and compared with
// the manifest. kBadData where anything differs, is missing or too much, or a newer Haina wrote it.
Result<nlohmann::json> unpack_backup(const std::filesystem::path& file, const std::filesystem::path& folder,
                                     RestoreWhat what);

}  // namespace haina
