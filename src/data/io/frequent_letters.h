// How usual the letters of a decoded East Asian text are: the bytes of GBK, Big5 and EUC-KR overlap, and a short text
// is valid in each of them.
#pragma once

#include <string_view>

#include "data/io/encodings.h"

namespace haina {

// The share of the different ideographs and syllables of a UTF-8 text that are among the most usual ones in texts and
// tables of that encoding's language. 0 for other encodings, and for texts without any.
double share_of_usual_letters(std::string_view utf8, Encoding encoding);

}  // namespace haina
