// What only all sources together show: the goal, the split, the actions of published parts.
#pragma once

#include <vector>

#include "data/inference/doubt.h"
#include "pipeline/init_toml.h"

namespace haina {

// Names the actions of files that are parts of a published split by what their names differ in: buy, cart and view for
// train_buy.tsv, train_cart.tsv and train_view.tsv.
void name_actions_of_parts(std::vector<InitSource>& sources, std::vector<Doubt>& doubts);

InitProject infer_project(const std::vector<InitSource>& sources, const DoubtAnswers& answers,
                          std::vector<Doubt>& doubts);

}  // namespace haina
