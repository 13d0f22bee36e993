// The loops of SimdKernels, to be compiled once per instruction set. Included by simd_baseline.cpp, simd_avx2.cpp and
// simd_avx512.cpp only. Everything is in an unnamed namespace and nothing calls inline functions of the standard
// library: such a function, compiled for AVX2, could replace its baseline copy in the whole program.
#pragma once

#include "kernels/exact_mips_body.h"
#include "kernels/packed_rows_body.h"
#include "kernels/ridge_body.h"
#include "kernels/simd_dispatch.h"

namespace haina {
namespace {

constexpr SimdKernels kernels_of(Isa isa) {
  return {isa, solve_few_rows, solve_many_rows, cg_steps, multiply_panels, scan_panels};
}

}  // namespace
}  // namespace haina
