// Encodings of text: their names, how they become UTF-8, and which of them a text has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace haina {

enum class Encoding {
  kUtf8,
  kLatin1,
  kUtf16Little,
  kUtf16Big,
  kWindows1252,
  kWindows1250,
  kWindows1251,
  kWindows1253,
  kWindows1254,
  kWindows1255,
  kWindows1256,
  kWindows1257,
  kIso8859_2,
  kIso8859_15,
  kKoi8R,
  kGb18030,
  kBig5,
  kShiftJis,
  kEucJp,
  kEucKr,
  kThai
};
std::string_view to_string(Encoding encoding);  // "utf-8", "latin-1", "utf-16" (either byte
                                                // order), "gb18030", …
// By a name of text_encodings(); "utf-16" is little-endian. Nothing for an unknown one.
std::optional<Encoding> encoding_of_name(std::string_view name);

// As UTF-8. What is invalid in the encoding stays invalid: it becomes bytes that are no UTF-8, so that the row is
// rejected. A text in several bytes a letter must not be cut inside one; line ends are never inside one.
std::string decode(std::string_view bytes, Encoding encoding);

// Whether bytes without a byte order mark are UTF-16: zero bytes at every other place alone, and a text of letters.
std::optional<Encoding> utf16_without_mark(std::string_view head);

// Tells UTF-8 from other encodings. A text is not UTF-8 if at least two lines (or the only ones with letters beyond
// ASCII) are invalid, and more than half of the lines with bytes beyond ASCII are; then the encoding in which these
// lines look most like words of a language.
class EncodingDetector {
 public:
  // Whole lines; the last may be cut off.
  void add(std::string_view lines);
  Encoding verdict() const { return guess().encoding; }
  struct Guess {
    Encoding encoding = Encoding::kUtf8;
    std::optional<Encoding> near = {};  // another that fits nearly as well
    std::string sample = {};            // some decoded words
  };
  Guess guess() const;
  int64_t invalid_lines() const { return invalid_; }

 private:
  int64_t lines_ = 0, beyond_ascii_ = 0, invalid_ = 0;
  bool first_invalid_ = false;  // the first line, as a rule the header
  int64_t high_bytes_ = 0;      // of invalid lines
  std::string sample_;          // invalid lines
};

}  // namespace haina
