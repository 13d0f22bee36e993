// Lists of a shop that has just opened: with next to no events there is nothing that a model could have learned.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "data/user_state.h"
#include "recommend/catalog.h"
#include "recommend/content_index.h"

namespace haina {

// With fewer goal events than this in the dataset, lists also go by few_events_scores.
inline constexpr int64_t kFewEvents = 20;
bool has_few_events(const Dataset& dataset);

// float32 [items], in the unit of the ranker's score: likeness to the newest items of the history by content, how often
// an item was taken since training (`trend`; undefined: not known), and how new it is: added since training, or by an
// item field of years or dates.
at::Tensor few_events_scores(const Catalog& catalog, const LazyContentIndex& content, const UserState& state,
                             const at::Tensor& trend);

}  // namespace haina
