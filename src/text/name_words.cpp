#include "text/name_words.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <cstdint>

namespace haina {

std::vector<std::string> name_words(std::string_view name) {
  UErrorCode code = U_ZERO_ERROR;
  const icu::Normalizer2* const normalizer = icu::Normalizer2::getNFKDInstance(code);
  icu::UnicodeString text =
      icu::UnicodeString::fromUTF8(icu::StringPiece(name.data(), static_cast<int32_t>(name.size())));
  if (U_SUCCESS(code)) {
    const icu::UnicodeString result = normalizer->normalize(text, code);
    text = U_SUCCESS(code) ? result : text;
  }
  std::vector<std::string> words;
  icu::UnicodeString word;
  const auto flush = [&] {
    if (!word.isEmpty()) {
      words.emplace_back();
      const icu::Normalizer2* const compose = icu::Normalizer2::getNFCInstance(code);  // Hangul syllables again
      word.foldCase();
      (U_SUCCESS(code) ? compose->normalize(word, code) : word).toUTF8String(words.back());
      word.remove();
    }
  };
  UChar32 before = 0;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (u_charType(c) == U_NON_SPACING_MARK && before < 0x400) {
      continue;  // an accent of a Latin or Greek letter
    }
    if (!u_isalnum(c) && u_charType(c) != U_NON_SPACING_MARK && u_charType(c) != U_COMBINING_SPACING_MARK) {
      flush();
    } else {
      if (u_isupper(c) && u_islower(before)) {
        flush();  // "userId"
      } else if (u_isdigit(c) != u_isdigit(before) && before != 0 && !word.isEmpty()) {
        flush();  // "user1"
      }
      word.append(c);
    }
    before = c;
  }
  flush();
  return words;
}

}  // namespace haina
