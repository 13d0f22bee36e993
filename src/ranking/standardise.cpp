#include "ranking/standardise.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace haina {

at::Tensor standardise(const at::Tensor& scores, int64_t trained) {
  const at::Tensor in = scores.contiguous();
  at::Tensor result = at::empty_like(in);
  const int64_t width = in.size(1);
  const int64_t measured = trained > 0 ? std::min(trained, width) : width;
  at::parallel_for(0, in.size(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* const x = in.const_data_ptr<float>() + row * width;
      float* const out = result.data_ptr<float>() + row * width;
      // Four independent sums, so that an addition does not wait for the one before it.
      const auto sum_of = [&](const auto& term) {
        double part[4] = {0, 0, 0, 0};
        int64_t i = 0;
        for (; i + 4 <= measured; i += 4) {
          for (int64_t lane = 0; lane < 4; ++lane) {
            part[lane] += term(x[i + lane]);
          }
        }
        for (; i < measured; ++i) {
          part[0] += term(x[i]);
        }
        return (part[0] + part[1]) + (part[2] + part[3]);
      };
      const auto count = static_cast<double>(std::max<int64_t>(1, measured));
      const double mean = sum_of([](float value) { return static_cast<double>(value); }) / count;
      const double squares = sum_of([mean](float value) { return (value - mean) * (value - mean); });
      const double deviation = std::sqrt(squares / count);
      const double factor = deviation > 1e-9 * std::max(1.0, std::abs(mean)) ? 1 / deviation : 0;
      for (int64_t i = 0; i < width; ++i) {
        out[i] = static_cast<float>((x[i] - mean) * factor);
      }
    }
  });
  return result;
}

}  // namespace haina
