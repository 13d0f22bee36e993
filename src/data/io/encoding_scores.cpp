#include "data/io/encoding_scores.h"

#include <cctype>
#include <cstddef>

namespace haina {
namespace {

constexpr double kInvalid = -3;

// A letter of two bytes, of which the first is beyond ASCII; a single byte if `bytes` is 1.
struct Letter {
  double score = 0;
  size_t bytes = 2;
};

bool in(unsigned value, unsigned from, unsigned to) { return value >= from && value <= to; }

Letter gb(unsigned a, unsigned b) {
  if (a == 0x80) {
    return {0.3, 1};  // the euro sign of Windows
  }
  if (!in(a, 0x81, 0xFE) || !in(b, 0x40, 0xFE) || b == 0x7F) {
    return {in(a, 0x81, 0xFE) && in(b, 0x30, 0x39) ? -0.5 : kInvalid, in(b, 0x30, 0x39) ? size_t{4} : size_t{1}};
  }
  const bool gb2312 = a >= 0xA1 && b >= 0xA1;
  return {!gb2312             ? -0.5
          : in(a, 0xB0, 0xD7) ? 0.95
          : a <= 0xA3         ? 0.7
          : in(a, 0xA4, 0xA9) ? 0.2
          : in(a, 0xD8, 0xF7) ? 0.3
                              : -1};
}

Letter big5(unsigned a, unsigned b) {
  if (!in(a, 0xA1, 0xF9) || !(in(b, 0x40, 0x7E) || in(b, 0xA1, 0xFE))) {
    return {kInvalid, 1};
  }
  return {in(a, 0xA4, 0xC6) ? 1.0 : a <= 0xA3 ? 0.7 : in(a, 0xC9, 0xF9) ? 0.2 : -1};
}

Letter euc_kr(unsigned a, unsigned b) {
  if (!in(a, 0x81, 0xFE) || !(in(b, 0x41, 0x5A) || in(b, 0x61, 0x7A) || in(b, 0x81, 0xFE))) {
    return {kInvalid, 1};
  }
  const bool standard = a >= 0xA1 && b >= 0xA1;
  return {!standard ? -0.5 : in(a, 0xB0, 0xC8) ? 1.0 : a <= 0xAC ? 0.3 : 0.1};
}

Letter euc_jp(unsigned a, unsigned b) {
  if (a == 0x8E) {
    return {in(b, 0xA1, 0xDF) ? 0.3 : kInvalid};
  }
  if (!in(a, 0xA1, 0xFE) || !in(b, 0xA1, 0xFE)) {
    return {kInvalid, 1};
  }
  return {a == 0xA4 || a == 0xA5 ? 1.0 : in(a, 0xB0, 0xCF) ? 0.85 : a == 0xA1 || a == 0xA3 ? 0.7 : 0.1};
}

Letter shift_jis(unsigned a, unsigned b) {
  if (in(a, 0xA1, 0xDF)) {
    return {-0.3, 1};  // half-width kana: rare
  }
  if (!(in(a, 0x81, 0x9F) || in(a, 0xE0, 0xFC)) || !in(b, 0x40, 0xFC) || b == 0x7F) {
    return {kInvalid, 1};
  }
  const bool kana = (a == 0x82 && in(b, 0x9F, 0xF1)) || (a == 0x83 && in(b, 0x40, 0x96));
  return {kana                     ? 1.0
          : in(a, 0x88, 0x97)      ? 0.8
          : a == 0x81 || a == 0x82 ? 0.7
          : in(a, 0x98, 0x9F)      ? 0.1
          : a <= 0xEA              ? 0.0
                                   : -1};
}

double score_wide(std::string_view text, Letter (*letter)(unsigned, unsigned)) {
  double sum = 0;
  double bytes = 0;
  for (size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x80) {
      ++at;
      continue;
    }
    const unsigned second = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0;
    const Letter found = letter(first, second);
    sum += found.score * static_cast<double>(found.bytes);
    bytes += static_cast<double>(found.bytes);
    at += found.bytes;
  }
  return bytes == 0 ? 0 : sum / bytes;
}

// What a byte beyond ASCII is in a single-byte encoding.
enum class Kind { kNone, kSmall, kCapital, kSign };

Kind latin(unsigned c) {
  return c == 0xD7 || c == 0xF7                                          ? Kind::kSign
         : c >= 0xDF || c == 0x9A || c == 0x9C || c == 0x9E              ? Kind::kSmall
         : c >= 0xC0 || c == 0x8A || c == 0x8C || c == 0x8E || c == 0x9F ? Kind::kCapital
         : c == 0x81 || c == 0x8D || c == 0x8F || c == 0x90 || c == 0x9D ? Kind::kNone
                                                                         : Kind::kSign;
}
Kind central_european(unsigned c) {  // windows-1250
  switch (c) {
    case 0x9A:
    case 0x9C:
    case 0x9D:
    case 0x9E:
    case 0x9F:
    case 0xB3:
    case 0xB9:
    case 0xBA:
    case 0xBE:
    case 0xBF:
      return Kind::kSmall;
    case 0x8A:
    case 0x8C:
    case 0x8D:
    case 0x8E:
    case 0x8F:
    case 0xA3:
    case 0xA5:
    case 0xAA:
    case 0xAF:
    case 0xBC:
      return Kind::kCapital;
    case 0x81:
    case 0x83:
    case 0x88:
    case 0x90:
    case 0x98:
      return Kind::kNone;
    default:
      return c == 0xD7 || c == 0xF7 ? Kind::kSign : c >= 0xDF ? Kind::kSmall : c >= 0xC0 ? Kind::kCapital : Kind::kSign;
  }
}
Kind iso_8859_2(unsigned c) {
  if (c < 0xA0) {
    return Kind::kNone;
  }
  const bool small = in(c, 0xB1, 0xBF) && c != 0xB4 && c != 0xB7 && c != 0xB8 && c != 0xBD && c != 0xB2;
  const bool capital =
      c == 0xA1 || c == 0xA3 || c == 0xA5 || c == 0xA6 || c == 0xA9 || in(c, 0xAA, 0xAC) || c == 0xAE || c == 0xAF;
  return small ? Kind::kSmall : capital ? Kind::kCapital : central_european(c);
}
Kind cyrillic(unsigned c) {  // windows-1251
  return c >= 0xE0 || c == 0xB8 || c == 0xB3 || c == 0xBF || c == 0xBA || c == 0xB4 ? Kind::kSmall
         : c >= 0xC0 || c == 0xA8 || c == 0xB2 || c == 0xAF || c == 0xAA            ? Kind::kCapital
         : c == 0x98                                                                ? Kind::kNone
                                                                                    : Kind::kSign;
}
Kind koi8(unsigned c) {
  return in(c, 0xC0, 0xDF) || c == 0xA3 ? Kind::kSmall : c >= 0xE0 || c == 0xB3 ? Kind::kCapital : Kind::kSign;
}
Kind greek(unsigned c) {
  return c == 0xD2 || c == 0xFF ? Kind::kNone
         : in(c, 0xDC, 0xFE)    ? Kind::kSmall
         : in(c, 0xB8, 0xDB)    ? Kind::kCapital
                                : Kind::kSign;
}
Kind hebrew(unsigned c) {
  return in(c, 0xE0, 0xFA) ? Kind::kSmall : in(c, 0xD9, 0xDF) || c >= 0xFB ? Kind::kNone : Kind::kSign;
}
Kind arabic(unsigned c) {
  return c == 0xD7                                                               ? Kind::kSign
         : in(c, 0xC0, 0xFD) || c == 0x8D || c == 0x8E || c == 0x90 || c == 0x81 ? Kind::kSmall
                                                                                 : Kind::kSign;
}
Kind thai(unsigned c) {
  return in(c, 0xA1, 0xDA) || in(c, 0xDF, 0xFB) ? Kind::kSmall
         : in(c, 0xDB, 0xDE) || c >= 0xFC       ? Kind::kNone
                                                : Kind::kSign;
}

// `mixed`: its letters stand among ASCII letters; else in runs.
double score_narrow(std::string_view text, Kind (*kind)(unsigned), bool mixed) {
  double sum = 0;
  double count = 0;
  const auto ascii_letter = [&](size_t i) {
    return i < text.size() && std::isalpha(static_cast<unsigned char>(text[i])) != 0 &&
           static_cast<unsigned char>(text[i]) < 0x80;
  };
  for (size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c < 0x80) {
      continue;
    }
    ++count;
    const Kind now = kind(c);
    const unsigned before_byte = at > 0 ? static_cast<unsigned char>(text[at - 1]) : 0;
    const unsigned after_byte = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0;
    const Kind before = before_byte >= 0x80 ? kind(before_byte) : Kind::kNone;
    const bool run = before_byte >= 0x80 || after_byte >= 0x80;
    const bool among = ascii_letter(at - 1) || ascii_letter(at + 1);
    if (now == Kind::kNone) {
      sum += kInvalid;
    } else if (now == Kind::kSign && (c == 0xA1 || c == 0xBF) && !ascii_letter(at - 1) && ascii_letter(at + 1)) {
      sum += 0.9;  // "¿Qué", "¡Hola"
    } else if (now == Kind::kSign) {
      sum += among && ascii_letter(at - 1) && ascii_letter(at + 1) ? -0.5 : run ? -0.2 : 0.5;
    } else if (mixed) {
      sum += among && !run ? 0.9 : run ? (among ? 0.4 : -0.6) : 0.6;
    } else {
      const bool turned = now == Kind::kCapital && before == Kind::kSmall;
      sum += among ? -0.3 : turned ? -0.7 : !run ? 0.2 : now == Kind::kSmall ? 0.95 : 0.7;
    }
  }
  return count == 0 ? 0 : sum / count;
}

// Share of the bytes beyond ASCII that are ð, þ or ý in Western text, which only Icelandic has often, and ğ, ş or ı in
// Turkish.
double share_of_turkish(std::string_view text) {
  double turkish = 0;
  double count = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    count += byte >= 0x80 ? 1 : 0;
    turkish += byte == 0xD0 || byte == 0xDD || byte == 0xDE || byte == 0xF0 || byte == 0xFD || byte == 0xFE ? 1 : 0;
  }
  return count == 0 ? 0 : turkish / count;
}

// Whether a longer text has none of the capitals and of the letters ы, ь, э, ю, я: then it is hardly Russian.
bool hardly_russian(std::string_view text) {
  int letters = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (in(byte, 0xC0, 0xDF) || byte >= 0xFB) {
      return false;
    }
    letters += byte >= 0xE0 ? 1 : 0;
  }
  return letters >= 20;
}

}  // namespace

std::vector<EncodingScore> score_encodings(std::string_view lines) {
  return {{Encoding::kGb18030, score_wide(lines, gb)},
          {Encoding::kBig5, score_wide(lines, big5)},
          {Encoding::kEucKr, score_wide(lines, euc_kr)},
          {Encoding::kEucJp, score_wide(lines, euc_jp)},
          {Encoding::kShiftJis, score_wide(lines, shift_jis)},
          {Encoding::kLatin1, score_narrow(lines, latin, true) - 0.5 * share_of_turkish(lines)},
          {Encoding::kWindows1250, score_narrow(lines, central_european, true) - 0.05},
          {Encoding::kIso8859_2, score_narrow(lines, iso_8859_2, true) - 0.06},
          {Encoding::kWindows1254, score_narrow(lines, latin, true) - 0.06},
          {Encoding::kWindows1251, score_narrow(lines, cyrillic, false) - (hardly_russian(lines) ? 0.15 : 0)},
          {Encoding::kKoi8R, score_narrow(lines, koi8, false) - 0.01},
          {Encoding::kWindows1253, score_narrow(lines, greek, false) - 0.05},
          {Encoding::kWindows1255, score_narrow(lines, hebrew, false) - 0.05},
          {Encoding::kWindows1256, score_narrow(lines, arabic, false) - 0.1},
          {Encoding::kThai, score_narrow(lines, thai, false) - 0.1}};
}

}  // namespace haina
