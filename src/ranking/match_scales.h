// A ranker is fitted on scores of models that know the training part alone, and reads those of models that were fitted
// again on all known events: on more events, scores grow and sharpen. Matching brings them to the scale that the
// ranker was fitted on. On TikTok in DiffMM's split, in one renumbering and in another: a network over log views in the
// units of before had NDCG@20 .0462 and .0612, in units of the refitted models .0567 and .0637; user-dependent weights
// .0617 and .0651, matched .0627 and .0656. Matching mean and deviation of the log views added nothing, and matching
// those of the best views too, which have long tails, gave .0518 and .0653: it may lose more than it gains.
#pragma once

#include <ATen/core/Tensor.h>

#include <nlohmann/json.hpp>

#include "ranking/ranker.h"
#include "ranking/ranker_samples.h"

namespace haina {

// How the models' scores spread over the candidates of some users.
struct ScoreScales {
  at::Tensor deviations;  // float32 [models], of the standardised scores
  LogViews views;         // with the units of these scores
};
ScoreScales score_scales(const RankerSamples& samples);
// {model: {"deviation": [before, after], "unit": [before, after]}}; the unit of logits is 0.
nlohmann::json scales_json(const Ranker& ranker, const ScoreScales& fitted, const ScoreScales& served);

// Changes the ranker, which was fitted on scores of the scales `fitted`, for scores of the scales `served`: weights by
// the ratio of the deviations unless they were not learned (kSourceBalanced), log views by their units. No label is
// read, so nothing is learned from what the models were fitted on.
void match_scales(const ScoreScales& fitted, const ScoreScales& served, Ranker& ranker);

}  // namespace haina
