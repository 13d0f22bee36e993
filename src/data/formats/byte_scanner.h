// Finds every occurrence of either of two bytes in a text, 64 bytes at a time. Cells are a few bytes long: a separate
// search for the end of each would cost more than the cell (bench/speed/ingest).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace haina {

class ByteScanner {
 public:
  ByteScanner(std::string_view text, char one, char other) : text_(text), one_(one), other_(other) { load(); }

  // The next occurrence; at the end the text's size, on every further call too.
  size_t next() {
    while (matches_ == 0) {
      base_ += kWidth;
      if (base_ >= text_.size()) {
        base_ = text_.size();
        return text_.size();
      }
      load();
    }
    const size_t place = base_ + static_cast<size_t>(std::countr_zero(matches_));
    matches_ &= matches_ - 1;
    return place;
  }

 private:
  static constexpr size_t kWidth = 64;

  void load() {
    if (base_ + kWidth <= text_.size()) {
      matches_ = matches_in(text_.data() + base_);
      return;
    }
    matches_ = 0;
    if (const size_t length = text_.size() - base_; length > 0) {
      char rest[kWidth] = {};
      std::memcpy(rest, text_.data() + base_, length);
      matches_ = matches_in(rest) & (~uint64_t{0} >> (kWidth - length));
    }
  }

  uint64_t matches_in(const char* bytes) const {
    uint64_t found = 0;
#ifdef __SSE2__
    const __m128i one = _mm_set1_epi8(one_), other = _mm_set1_epi8(other_);
    for (size_t part = 0; part < kWidth; part += 16) {
      const __m128i some = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + part));
      const int bits = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(some, one), _mm_cmpeq_epi8(some, other)));
      found |= static_cast<uint64_t>(static_cast<uint32_t>(bits)) << part;
    }
#else
    for (size_t i = 0; i < kWidth; ++i) {
      found |= uint64_t{bytes[i] == one_ || bytes[i] == other_} << i;
    }
#endif
    return found;
  }

  std::string_view text_;
  char one_, other_;
  size_t base_ = 0;
  uint64_t matches_ = 0;
};

}  // namespace haina
