#include <array>
#include <span>
#include <string>
#include <vector>

#include "base/suggest.h"
#include "experts/expert.h"

namespace haina {

#define HAINA_EXPERT(name) ExpertEntry name##_entry();
#include "experts/experts.def"
#undef HAINA_EXPERT

std::span<const ExpertEntry> expert_entries() {
  static const std::array entries = {
#define HAINA_EXPERT(name) name##_entry(),
#include "experts/experts.def"
#undef HAINA_EXPERT
  };
  return entries;
}

Result<const ExpertEntry*> find_expert(const std::string& name, const std::string& where) {
  std::vector<std::string> known;
  const std::string family = name.substr(0, name.find('.'));
  for (const ExpertEntry& entry : expert_entries()) {
    if (entry.name == name || (entry.per_source && entry.name == family)) {
      return &entry;
    }
    known.push_back(entry.name);
  }
  return fail({ErrorCode::kInvalidArgument, "unknown expert '" + name + "'", where, did_you_mean(name, known)});
}

}  // namespace haina
