// What a user answered badly since training (one star, a dislike, a value below the goal) pushes similar items down at
// once.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "model/model.h"
#include "recommend/catalog.h"
#include "recommend/content_index.h"

namespace haina {

struct LowAnswer {
  int32_t item = -1;   // row of the catalog
  float severity = 1;  // in (0, 1]: 1 for a refusal or the lowest value, less for a value near the goal
};

// Below this cosine two items have nothing in common that a reader would see.
inline constexpr double kLeastSimilarity = 0.2;
// In standard deviations of the ranker's score: what an item loses that is all like one with an answer of severity 1.
inline constexpr double kMostPush = 2;

// float32 [items], from 0 to kMostPush: what each item loses. It grows in proportion to the severity and to the
// similarity above kLeastSimilarity; of several answers the worst counts. Similar by the network's vectors, or by
// content where the model has none.
at::Tensor push_down(const Catalog& catalog, const Model& model, const LazyContentIndex& content,
                     std::span<const LowAnswer> answers);
// float32 [items]: the cosine of the network's vectors with that of `item`.
at::Tensor vector_similarity(const Catalog& catalog, const FusionNetwork& network, int32_t item);

}  // namespace haina
