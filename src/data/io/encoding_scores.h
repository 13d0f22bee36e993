// How much a text that is not UTF-8 looks like words in each of the other encodings.
#pragma once

#include <string_view>
#include <vector>

#include "data/io/encodings.h"

namespace haina {

struct EncodingScore {
  Encoding encoding;
  double score = 0;  // per byte beyond ASCII: 1 if all are frequent letters of
                     // the encoding, below 0 if most are invalid
};

// By where the encodings keep their frequent letters: GB 2312, Big5 and JIS have them in blocks of their own, Hangul
// and kana too. Single-byte encodings: letters stand among ASCII letters (Western, Central European), or in runs
// (Cyrillic, Greek, Hebrew, Thai), small after small ones.
std::vector<EncodingScore> score_encodings(std::string_view lines);

}  // namespace haina
