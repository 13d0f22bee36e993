#include "synth/portable_math.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace haina {

double portable_log(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);  // in [0.5, 1)
  if (mantissa < 0.5 * std::numbers::sqrt2) {
    mantissa *= 2;
    --exponent;
  }
  // log m = 2 (t + t^3 / 3 + t^5 / 5 + …) with t = (m - 1) / (m + 1), |t| < 0.172.
  const double t = (mantissa - 1) / (mantissa + 1);
  double sum = 0;
  for (int k = 21; k >= 1; k -= 2) {
    sum = sum * (t * t) + 1.0 / k;
  }
  return 2 * t * sum + exponent * std::numbers::ln2;
}

double portable_exp(double x) {
  if (x < -700) {
    return 0;
  }
  if (x > 700) {
    return std::numeric_limits<double>::infinity();
  }
  const double doublings = std::floor(x / std::numbers::ln2 + 0.5);
  const double rest = x - doublings * std::numbers::ln2;  // |rest| < 0.35
  double sum = 1;
  for (int k = 15; k >= 1; --k) {
    sum = 1 + sum * rest / k;
  }
  return std::ldexp(sum, static_cast<int>(doublings));
}

double sine_of_turns(double turns) {
  double t = turns - std::floor(turns + 0.5);  // in [-0.5, 0.5)
  if (t > 0.25) {
    t = 0.5 - t;
  } else if (t < -0.25) {
    t = -0.5 - t;
  }
  const double x = 2 * std::numbers::pi * t;
  double sum = 1;
  for (int k = 20; k >= 2; k -= 2) {
    sum = 1 - sum * x * x / (k * (k + 1));
  }
  return x * sum;
}

double portable_sigmoid(double x) { return 1 / (1 + portable_exp(-x)); }

double draw_normal(RandomStream& stream) {
  const double radius = std::sqrt(-2 * portable_log(1 - stream.uniform()));
  return radius * sine_of_turns(stream.uniform());
}

double draw_flat(RandomStream& stream) { return (2 * stream.uniform() - 1) * std::numbers::sqrt3; }

}  // namespace haina
