#include "recommend/low_answers.h"

#include <ATen/ATen.h>

#include <array>

namespace haina {

at::Tensor vector_similarity(const Catalog& catalog, const FusionNetwork& network, int32_t item) {
  const std::array<int32_t, 1> one = {item};
  const at::Tensor own = catalog.vectors(network, one).squeeze(0);
  at::Tensor cosines = at::mv(network.item_vectors(), own);
  if (const AddedItems* const added = catalog.added(); added != nullptr && added->size() > 0) {
    cosines = at::cat({cosines, added->dot(own)});
  }
  return cosines;
}

at::Tensor push_down(const Catalog& catalog, const Model& model, const LazyContentIndex& content,
                     std::span<const LowAnswer> answers) {
  at::Tensor push = at::zeros({catalog.size()});
  for (const LowAnswer& answer : answers) {
    const at::Tensor cosines = model.network ? vector_similarity(catalog, *model.network, answer.item)
                                             : content.get(catalog).similarity_to(answer.item);
    const at::Tensor share = (cosines - kLeastSimilarity).clamp(0, 1 - kLeastSimilarity) / (1 - kLeastSimilarity);
    push = at::maximum(push, share * (kMostPush * static_cast<double>(answer.severity)));
  }
  return push;
}

}  // namespace haina
