// SIMD kernels for x86-64 with AVX-512.
#if defined(__x86_64__)
#if !defined(__AVX512F__) || !defined(__AVX512DQ__) || !defined(__AVX512BW__) || !defined(__AVX512VL__)
#error "compile this file with -mavx512f -mavx512dq -mavx512bw -mavx512vl, as src/CMakeLists.txt does"
#endif
#include "kernels/compile_per_isa.h"

namespace haina {

constinit const SimdKernels kAvx512Kernels = kernels_of(Isa::kAvx512);

}  // namespace haina
#endif
