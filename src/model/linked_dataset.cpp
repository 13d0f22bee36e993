#include "model/linked_dataset.h"

#include <nlohmann/json.hpp>
#include <system_error>

#include "base/files.h"

namespace haina {
namespace fs = std::filesystem;

Status link_dataset(const fs::path& from, const fs::path& to) {
  HAINA_TRY(const nlohmann::json manifest, read_json(from / "manifest.json"));
  HAINA_TRY(AtomicFolder atomic, AtomicFolder::create(to));
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(from, code)) {
    const fs::path name = entry.path().filename();
    if (name == "manifest.json" || !entry.is_regular_file()) {
      continue;
    }
    std::error_code no_link, no_copy;
    fs::create_hard_link(entry.path(), atomic.path() / name, no_link);
    if (no_link) {
      fs::copy_file(entry.path(), atomic.path() / name, no_copy);
    }
    if (no_copy) {
      return fail({ErrorCode::kIo, no_copy.message(), (atomic.path() / name).string(), "free some disk space"});
    }
  }
  return atomic.commit(manifest.value("schema", ""), manifest.value("about", nlohmann::json::object()));
}

}  // namespace haina
