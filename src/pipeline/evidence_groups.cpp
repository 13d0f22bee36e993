#include "pipeline/evidence_groups.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>

#include "experts/expert.h"

namespace haina {
namespace {

constexpr const char* kEverything = "everything";  // as evidence_group says it

}  // namespace

std::vector<RankedModel> ranked_models(const Model& model) {
  std::vector<RankedModel> ranked;
  std::set<std::string> item_sources, other_groups;
  std::set<std::string> on_all_item_sources;  // names of experts that have an instance for each item source beside them
  for (const NamedExpert& expert : model.experts) {
    const Result<const ExpertEntry*> entry = find_expert(expert.name, "");
    HAINA_ASSERT(entry.has_value());
    const std::string group = evidence_group(**entry, expert.name, expert.params);
    if ((*entry)->per_source) {  // where a single source has features, only the expert on all sources exists
      item_sources.insert(group);
      on_all_item_sources.insert((*entry)->name);
    } else if (group != kEverything && !group.empty()) {
      other_groups.insert(group);
    }
    ranked.push_back({expert.name, group});
  }
  if (model.network) {
    ranked.push_back({kNetworkName, kEverything});
  }
  if (item_sources.size() > 1) {  // the expert on all sources is no source of its own
    std::erase_if(item_sources, [&](const std::string& group) { return on_all_item_sources.contains(group); });
  }
  const int64_t items = std::ssize(item_sources);
  const int64_t all = std::max<int64_t>(1, items + std::ssize(other_groups));
  for (RankedModel& one : ranked) {
    if (one.evidence_group == kEverything) {
      one.sources = all;
    } else if (on_all_item_sources.contains(one.evidence_group)) {
      one.sources = items;
    }
  }
  return ranked;
}

}  // namespace haina
