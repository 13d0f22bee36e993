#include "experts/expert.h"

#include <algorithm>

#include "data/mask_history.h"

namespace haina {

RankedLists Expert::top_k(std::span<const UserState> users, int64_t k) const {
  return top_k_unseen(score(users), users, k);
}

Status require_events(const Interactions& train) {
  if (train.num_events() == 0 || train.num_items == 0) {
    return fail({ErrorCode::kBadData, "no event to learn from", "", "check [project] goal and [split]"});
  }
  return ok();
}

bool stop_requested(const FitContext& context) { return context.stop != nullptr && context.stop->requested(); }

tl::unexpected<Error> interrupted() {
  return fail(
      {ErrorCode::kInterrupted, "stopped while an expert was learning", "", "run the command again to start over"});
}

bool uses_side_sources(const ExpertEntry& entry, const nlohmann::json& params) {
  const auto is_on = [&](const std::string& weight) { return params.is_object() && params.value(weight, 0.0) != 0; };
  return entry.uses_fields && (entry.field_weights.empty() || std::ranges::any_of(entry.field_weights, is_on));
}

std::string evidence_group(const ExpertEntry& entry, const std::string& instance, const nlohmann::json& params) {
  if (entry.evidence == Evidence::kOwn || !source_of_instance(instance).empty()) {
    return instance;
  }
  if (entry.evidence == Evidence::kCounts) {
    return "";
  }
  return uses_side_sources(entry, params) ? "everything" : "events";
}

ItemEvents item_events_of(const ExpertEntry& entry, const nlohmann::json& params) {
  const bool counts = entry.evidence == Evidence::kCounts;  // that an item has few events is what these say
  return counts || uses_side_sources(entry, params) ? ItemEvents::kNone : entry.item_events;
}

std::string source_of_instance(const std::string& instance) {
  const size_t dot = instance.find('.');
  return dot == std::string::npos ? "" : instance.substr(dot + 1);
}

}  // namespace haina
