#include "pipeline/refit_settings.h"

#include <algorithm>

#include "experts/expert.h"

namespace haina {

ExpertSettings refit_settings(const std::vector<NamedExpert>& experts, double share, const Config& config,
                              const TrainOptions& options) {
  ExpertSettings settings;
  for (const NamedExpert& expert : experts) {
    nlohmann::json params = expert.params;
    const Result<const ExpertEntry*> entry = find_expert(expert.name, place_of(config.train, "experts." + expert.name));
    HAINA_ASSERT(entry.has_value());
    const auto configured = config.train.experts.find(expert.name);
    for (const ParamSpec& spec : (*entry)->params) {
      const bool scales = std::ranges::find((*entry)->per_event, spec.name) != (*entry)->per_event.end();
      const bool set = options.settled.contains(expert.name) ||
                       (configured != config.train.experts.end() && configured->second.contains(spec.name));
      if (scales && !set) {
        params[spec.name] = std::max(spec.min, params.at(spec.name).get<double>() * share);
      }
    }
    settings[expert.name] = std::move(params);
  }
  return settings;
}

}  // namespace haina
