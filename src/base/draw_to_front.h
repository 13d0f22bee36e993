// Drawing some of many without repeats.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/seed.h"

namespace haina {

// Moves up to `count` random values to the front, in random order: the first steps of a Fisher-Yates shuffle. Returns
// how many: fewer where there are fewer.
template <class T>
int64_t draw_to_front(std::vector<T>& values, int64_t count, RandomStream& random) {
  const int64_t size = std::ssize(values), drawn = std::min(count, size);
  for (int64_t i = 0; i < drawn; ++i) {
    std::swap(values[static_cast<size_t>(i)], values[static_cast<size_t>(i + random.below(size - i))]);
  }
  return drawn;
}

}  // namespace haina
