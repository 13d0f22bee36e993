// The settings with which experts are fitted again on training and validation events.
#pragma once

#include <vector>

#include "config/config.h"
#include "model/model.h"
#include "pipeline/fit_experts.h"
#include "pipeline/train.h"

namespace haina {

// The experts' parameters as chosen on a share of the events, adapted to all events: a parameter that `fit` multiplies
// by the number of events (ExpertEntry::per_event) is multiplied by the share, so that the product stays as chosen.
// Values that the user or an earlier training has set stay. Measured on MCRec's MovieLens-100K with the best reg by
// validation for each of four alphas: test P@10 .3706 without, .3718 with; R@10 .2383 and .2403.
ExpertSettings refit_settings(const std::vector<NamedExpert>& experts, double share, const Config& config,
                              const TrainOptions& options);

}  // namespace haina
