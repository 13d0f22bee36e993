// A gated recurrent network over the fused vectors of a history (Cho et al. 2014; Hidasi et al. 2016, GRU4Rec): one
// state is carried from event to event, where the transformer looks back at each. By choice: on Amazon Beauty a
// prototype had a tenth less NDCG@10 with it.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "fusion/sequence_encoder.h"

namespace haina {

class GatedRecurrent final : public SequenceReader {
 public:
  GatedRecurrent(int64_t width, int64_t layers, at::Generator generator);
  at::Tensor forward(const at::Tensor& x, const at::Tensor& gaps, const Training& training) const override;

 private:
  struct Layer {
    at::Tensor inward, across;            // [3 width, width]: reset, update and new, of the event and of the state
    at::Tensor inward_bias, across_bias;  // [3 width]
  };
  std::vector<Layer> layers_;
};

}  // namespace haina
