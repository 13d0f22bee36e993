// The space of the fused item vectors in two dimensions, and its parts by their most telling values.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "data/dataset.h"
#include "model/model.h"

namespace haina {

// {"explained", "clusters": [{"number", "name", "words": [{"word", "share"}], "items", "x", "y", "typical": [titles]}],
// "items": [{"item", "title", "x", "y", "cluster"}]}; null without a network.
//
// x and y are the first two principal components of the item vectors, within [-1, 1]; explained is the share of the
// variance that they hold. Clusters are of k-means, the largest first. Their words are values of tags and categories,
// or, of items without any, words of texts: those with the largest share of the cluster's items times log(items / items
// that have it). At most 1,500 items are shown, evenly spread; clusters are of all.
nlohmann::json item_map(const Dataset& dataset, const Model& model);

// k-means (Lloyd) from centres drawn as k-means++ does. rows: float32 [n, d], n >= clusters. The number of each row's
// cluster, int64 [n]; clusters may be empty. The same seed gives the same clusters.
at::Tensor k_means(const at::Tensor& rows, int64_t clusters, uint64_t seed);

}  // namespace haina
