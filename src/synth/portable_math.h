// Logarithm, exponential and sine from additions, multiplications and divisions alone. The C library's own differ in
// the last bit between its versions and between CPUs, and a drawn choice would then differ, too. Relative errors are
// below 1e-14.
#pragma once

#include "base/seed.h"

namespace haina {

// x > 0 and finite.
double portable_log(double x);
// Any x; 0 below -700, infinite above 700.
double portable_exp(double x);
// sin(2 pi turns).
double sine_of_turns(double turns);
// 1 / (1 + exp(-x)).
double portable_sigmoid(double x);

// Standard normal, by Box and Muller.
double draw_normal(RandomStream& stream);
// Uniform with mean 0 and variance 1: between -sqrt(3) and sqrt(3).
double draw_flat(RandomStream& stream);

}  // namespace haina
