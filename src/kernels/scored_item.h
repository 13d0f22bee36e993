// The order of ranked lists: higher score first, ties by the smaller item.
#pragma once

#include <cstdint>

namespace haina {

struct Scored {
  float score;
  int32_t item;
};

inline bool better(const Scored& a, const Scored& b) {
  return a.score > b.score || (a.score == b.score && a.item < b.item);
}

}  // namespace haina
