// A part of validation that stays out of the refit, so that the ranker can be judged on refitted models.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "data/dataset.h"
#include "data/split.h"

namespace haina {

// Whether a split hides items: most held-out items have no event in training. item_events: [items].
bool hides_items(const HeldOut& held, const at::Tensor& item_events);
// [users of `held`, items]: the same for each user, the items without an event in training that are held out for
// anybody, or some of them drawn where users x items would be more than 30 million, but at least 100.
Csr hidden_candidates(const HeldOut& held, const at::Tensor& item_events, uint64_t seed);

// What finding an item for one of its users counts where a split hides items: float32 [items], 1 in the mean over the
// pairs of `held`. A hidden item's users share its fate: whoever ranks it high finds it for all of them, and a fit that
// happens to do so with the two or three that most users took looks best. One pair of an item with n users counts
// 1 / (n + 5): an item with many users counts as one observation, and one with few as these few.
at::Tensor weights_of_hidden_items(const HeldOut& held);

struct ValidationUsers {
  HeldOut fitting;  // the ranker is fitted on them
  HeldOut judging;  // no users where there would be fewer than 50, which tell nothing
  // Whether judging holds out items (all their validation events), and not users. It does where validation hides items:
  // the events of other users would make such items known to refitted models, and the ranker would be judged on known
  // items though it was fitted, and will be used, on unknown ones.
  bool by_item = false;
};
// A tenth of the users, at most 1,000, judges; by item: users with one of a tenth of the held-out items, at most 1,000.
// item_events: [items], events in the training part.
ValidationUsers set_apart(const HeldOut& validation, const at::Tensor& item_events, uint64_t seed);

// The split in which the validation events of the judging users, or on their items, belong to the test part: models
// that are fitted on all known events do not know them.
Split hold_back(const Dataset& dataset, const Split& split, const ValidationUsers& users);

}  // namespace haina
