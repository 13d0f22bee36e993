// SIMD kernels for the oldest supported processors: x86-64-v2, or arm64 with NEON.
#include "kernels/compile_per_isa.h"

namespace haina {

constinit const SimdKernels kBaselineKernels = kernels_of(Isa::kBaseline);

}  // namespace haina
