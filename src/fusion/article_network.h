// The network of the article that Haina began with ("The role of big models in multi-source data fusion for recommender
// systems"), layer by layer: an extractor of widths 256-128-64-32-16 after the sources' first linear map, a fusion of
// two extracted vectors, 32-16-8, and a recommender, 8-1, trained by binary cross-entropy on pairs. The article's
// listing gives the same features to the fusion twice; here one is the user and the other the item, each with an
// extractor of its own.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <vector>

namespace haina {

class ArticleNetwork final : public torch::nn::Module {
 public:
  // width: of the first layer, at least 16; each further layer of an extractor is half as wide, down to a sixteenth and
  // at least 2. history: whether user() reads a history.
  ArticleNetwork(int64_t width, bool history, uint64_t seed);

  // The width of extracted vectors, d.
  int64_t extracted() const { return extracted_; }
  // Fused sources, float32 [n, width], with a mean square near 1 -> unit vectors, float32 [n, d].
  at::Tensor item(const at::Tensor& sources) const;
  // sources: float32 [n, width], zeros where nothing is known. history: float32 [n, d], the mean of the vectors of
  // items that each user had; undefined, or zeros for a user without any.
  at::Tensor user(const at::Tensor& sources, const at::Tensor& history) const;
  bool reads_history() const { return history_map_.defined(); }
  // Logits of pairs: float32 [n] of users and items, [n, d] each.
  at::Tensor match(const at::Tensor& users, const at::Tensor& items) const;
  // Logits of every user with every item: float32 [B, n] of users [B, d] and prepared(items).
  at::Tensor match_all(const at::Tensor& users, const at::Tensor& prepared_items) const;
  // What the items give to the first layer of the fusion: float32 [n, d].
  at::Tensor prepared(const at::Tensor& items) const;

 private:
  struct Layer {
    at::Tensor weight, bias;  // [out, in], [out]
  };
  struct Extractor {
    at::Tensor first_bias;  // [width]; the first map is that of the sources' encoders
    std::vector<Layer> layers;
  };
  at::Tensor extract(const Extractor& extractor, const at::Tensor& x) const;
  at::Tensor recommend(const at::Tensor& first) const;

  int64_t extracted_;
  Extractor item_, user_;
  at::Tensor history_map_;                          // [width, d]
  at::Tensor from_user_, from_item_, fusion_bias_;  // [d, d] each, [d]: the first layer of the fusion, in two parts
  Layer second_, last_;                             // [d / 2, d], [1, d / 2]
};

}  // namespace haina
