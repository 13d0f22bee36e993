// What evidence each model of a blend uses. Where weights cannot be learned, the ranker weights evidence groups.
#pragma once

#include <vector>

#include "model/model.h"
#include "ranking/ranker.h"

namespace haina {

// One entry for each of model.names(), in order. The evidence group of a model, as its registry entry and settings say:
//   ""            counts alone, the same for every user
//   "events"      what users did
//   its own name  one kind of evidence that no other model uses: one item source, all item sources, friends
//   "everything"  events and side sources; the fusion network
// `sources` counts the groups that a group stands for: 1; the number of item sources for an expert on all of them; the
// number of all groups for "everything".
std::vector<RankedModel> ranked_models(const Model& model);

}  // namespace haina
