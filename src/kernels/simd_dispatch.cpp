#include "kernels/simd_dispatch.h"

#include <vector>

namespace haina {

std::span<const SimdKernels* const> runnable_simd_kernels() {
  static const std::vector<const SimdKernels*> runnable = [] {
    std::vector<const SimdKernels*> found;
#if defined(__x86_64__)
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
      found.push_back(&kAvx512Kernels);
    }
    if (has_avx2) {
      found.push_back(&kAvx2Kernels);
    }
#endif
    found.push_back(&kBaselineKernels);
    return found;
  }();
  return runnable;
}

}  // namespace haina
