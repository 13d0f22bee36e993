#include "fusion/dropout.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <cstdint>

namespace haina {

at::Tensor dropout(const at::Tensor& x, double share, RandomStream& random) {
  if (share <= 0) {
    return x;
  }
  const uint64_t draw = random.next();
  if (!x.is_cpu()) {
    at::Generator generator = at::globalContext().defaultGenerator(x.device());
    generator.set_current_seed(draw);
    return x * at::empty_like(x).bernoulli_(1 - share, generator).div_(1 - share);
  }
  const auto first = static_cast<uint32_t>(draw);
  const auto second = static_cast<uint32_t>(draw >> 32) | 1U;
  const auto threshold = static_cast<uint32_t>(std::lround(share * 4294967295.0));
  const auto factor = static_cast<float>(1 / (1 - share));
  at::Tensor mask = at::empty(x.sizes(), at::kFloat);
  float* const out = mask.data_ptr<float>();
  at::parallel_for(0, mask.numel(), 1 << 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      uint32_t h = (static_cast<uint32_t>(i) ^ first) * 0x9E3779B1U + second;  // a mixing step as in MurmurHash3
      h = (h ^ (h >> 15)) * 0x85EBCA77U;
      h = (h ^ (h >> 13)) * 0xC2B2AE3DU;
      h ^= h >> 16;
      out[i] = h >= threshold ? factor : 0.0F;
    }
  });
  return x * mask;
}

}  // namespace haina
