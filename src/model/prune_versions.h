// Deletes trained versions that nobody needs any more, and the datasets that no version uses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"

namespace haina {

struct Pruning {
  std::vector<std::string> versions;  // that go, newest first
  std::vector<std::string> datasets;  // of versions that went before
  std::vector<std::string> kept;      // newest first
  int64_t bytes = 0;                  // that the disk gets back; files shared with what stays do not count
};
enum class DryRun { kNo, kYes };
// Keeps the `newest` newest versions, the one in use, and the one that a rollback returns to. kBadData where
// current.json is damaged, and nothing is deleted then. A version is deleted whole or not at all.
Result<Pruning> prune_versions(const Config& config, int64_t newest, DryRun dry_run);

}  // namespace haina
