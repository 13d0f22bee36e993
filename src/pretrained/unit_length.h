// What is done last with a network's vector.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace haina {

// To length 1 if `normalize`; emptied where a number is not finite, or too large for what reads it.
inline void finish_vector(bool normalize, std::vector<float>& vector) {
  double squares = 0;
  for (const float value : vector) {
    squares += static_cast<double>(value) * value;
  }
  if (!std::isfinite(squares) || std::ranges::any_of(vector, [](float value) { return std::abs(value) > 1e6F; })) {
    vector.clear();
  } else if (normalize && squares > 0) {
    const double length = std::sqrt(squares);
    for (float& value : vector) {
      value = static_cast<float>(value / length);
    }
  }
}

}  // namespace haina
