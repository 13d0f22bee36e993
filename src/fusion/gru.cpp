#include "fusion/gru.h"

#include <fmt/format.h>

#include <cmath>
#include <tuple>
#include <utility>

#include "fusion/dropout.h"

namespace haina {

GatedRecurrent::GatedRecurrent(int64_t width, int64_t layers, at::Generator generator) {
  create_frame(width);
  const auto normal = [&] {
    return at::normal(0, 0.5 / std::sqrt(static_cast<double>(width)), {3 * width, width}, generator, at::kFloat);
  };
  for (int64_t layer = 0; layer < layers; ++layer) {
    const auto own = [&](const char* name, at::Tensor value) {
      return register_parameter(fmt::format("{}{}", name, layer), std::move(value));
    };
    layers_.push_back({.inward = own("inward", normal()),
                       .across = own("across", normal()),
                       .inward_bias = own("inward_bias", at::zeros({3 * width})),
                       .across_bias = own("across_bias", at::zeros({3 * width}))});
  }
}

at::Tensor GatedRecurrent::forward(const at::Tensor& x, const at::Tensor& gaps, const Training& training) const {
  const bool learning = training.random != nullptr;
  at::Tensor h = normalize_input(x, gaps, training);
  for (const Layer& layer : layers_) {
    const at::Tensor start = at::zeros({1, x.size(0), x.size(2)}, h.options());
    const at::Tensor read =
        std::get<0>(at::gru(h, start, {layer.inward, layer.across, layer.inward_bias, layer.across_bias}, true, 1, 0.0,
                            learning, false, true));
    h = h + (learning ? dropout(read, training.hidden, *training.random) : read);
  }
  return normalize_output(h);
}

}  // namespace haina
