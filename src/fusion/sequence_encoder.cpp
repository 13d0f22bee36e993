#include "fusion/sequence_encoder.h"

#include <algorithm>
#include <cmath>

#include "data/interactions.h"
#include "fusion/dropout.h"

namespace haina {

void SequenceEncoder::create_frame(int64_t width) {
  input_weight_ = register_parameter("input_weight", at::ones({width}));
  input_bias_ = register_parameter("input_bias", at::zeros({width}));
  last_weight_ = register_parameter("last_weight", at::ones({width}));
  last_bias_ = register_parameter("last_bias", at::zeros({width}));
  gap_ = register_parameter("gap", at::zeros({kGaps, width}));
}

int64_t SequenceEncoder::gap_of(int64_t time_us, int64_t before_us) {
  if (time_us == kNoTime || before_us == kNoTime) {
    return 0;
  }
  // In double, because the difference of two times from a request may not fit 64 bits.
  const double passed_us = static_cast<double>(time_us) - static_cast<double>(before_us);
  const double hours = std::max(0.0, passed_us / kMicrosPerDay * 24);
  return std::min(kGaps - 1, 1 + static_cast<int64_t>(std::log2(1 + hours)));
}

at::Tensor SequenceEncoder::normalize_input(const at::Tensor& x, const at::Tensor& gaps,
                                            const Training& training) const {
  at::Tensor h = at::layer_norm(x, {x.size(2)}, input_weight_, input_bias_);
  if (gaps.defined()) {
    h = h + gap_.index_select(0, gaps.flatten()).reshape(h.sizes());
  }
  return training.random != nullptr ? dropout(h, training.input, *training.random) : h;
}

at::Tensor SequenceEncoder::normalize_output(const at::Tensor& h) const {
  return at::layer_norm(h, {h.size(2)}, last_weight_, last_bias_);
}

}  // namespace haina
