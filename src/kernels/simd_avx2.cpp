// SIMD kernels for x86-64 with AVX2 and FMA.
#if defined(__x86_64__)
#if !defined(__AVX2__) || !defined(__FMA__)
#error "compile this file with -mavx2 -mfma, as src/CMakeLists.txt does"
#endif
#include "kernels/compile_per_isa.h"

namespace haina {

constinit const SimdKernels kAvx2Kernels = kernels_of(Isa::kAvx2);

}  // namespace haina
#endif
