// A random export with its truth: the files' bytes, and what a reader must find in them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "exports/random/export_table.h"
#include "exports/random/truth.h"

namespace haina {

struct RandomExport {
  Plan plan;
  Truth truth;
  std::map<std::string, std::string> files;          // path -> bytes
  std::map<Role, std::vector<std::string>> columns;  // names of the columns in the files, "#3" without a header
  bool has_session = false;
};
// kClean: UTF-8 with commas, usual names, no defects; nothing about it can be misread.
enum class Difficulty { kClean, kAny };
RandomExport make_random_export(uint64_t seed, Difficulty difficulty);

}  // namespace haina
