#include "data/io/encodings.h"

#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "data/io/encoding_scores.h"
#include "data/io/frequent_letters.h"

namespace haina {
namespace {

constexpr size_t kMostSampled = 1 << 18;  // bytes of lines that are not UTF-8
constexpr int64_t kHeaderAlone = 2;       // lines; in a longer text an invalid first line is a header, not damage
constexpr double kUsualLetters = 0.3;     // what usual letters add to the score of an encoding

struct EncodingName {
  Encoding encoding;
  std::string_view name;
  const char* converter;  // ICU's; nullptr: ours
};

constexpr auto kNames = std::to_array<EncodingName>({{Encoding::kUtf8, "utf-8", nullptr},
                                                     {Encoding::kLatin1, "latin-1", "windows-1252"},
                                                     {Encoding::kUtf16Little, "utf-16", nullptr},
                                                     {Encoding::kUtf16Big, "utf-16", nullptr},
                                                     {Encoding::kWindows1252, "windows-1252", "windows-1252"},
                                                     {Encoding::kWindows1250, "windows-1250", "windows-1250"},
                                                     {Encoding::kWindows1251, "windows-1251", "windows-1251"},
                                                     {Encoding::kWindows1253, "windows-1253", "windows-1253"},
                                                     {Encoding::kWindows1254, "windows-1254", "windows-1254"},
                                                     {Encoding::kWindows1255, "windows-1255", "windows-1255"},
                                                     {Encoding::kWindows1256, "windows-1256", "windows-1256"},
                                                     {Encoding::kWindows1257, "windows-1257", "windows-1257"},
                                                     {Encoding::kIso8859_2, "iso-8859-2", "ISO-8859-2"},
                                                     {Encoding::kIso8859_15, "iso-8859-15", "ISO-8859-15"},
                                                     {Encoding::kKoi8R, "koi8-r", "KOI8-R"},
                                                     {Encoding::kGb18030, "gb18030", "gb18030"},
                                                     {Encoding::kBig5, "big5", "Big5"},
                                                     {Encoding::kShiftJis, "shift-jis", "ibm-943_P15A-2003"},
                                                     {Encoding::kEucJp, "euc-jp", "EUC-JP"},
                                                     {Encoding::kEucKr, "euc-kr", "windows-949"},
                                                     {Encoding::kThai, "tis-620", "windows-874"}});

void append_utf8(uint32_t code, std::string& text) {
  const auto put = [&](uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

std::string utf16_to_utf8(std::string_view bytes, Encoding encoding) {
  const auto unit = [&](size_t i) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const auto second = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<uint32_t>(encoding == Encoding::kUtf16Big ? first << 8 | second : second << 8 | first);
  };
  std::string text;
  text.reserve(bytes.size());
  size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) {
    const uint32_t code = unit(i);
    const bool high = code >= 0xD800 && code < 0xDC00;
    const uint32_t low = high && i + 3 < bytes.size() ? unit(i + 2) : 0;
    if (high && low >= 0xDC00 && low < 0xE000) {
      append_utf8(0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00), text);
      i += 2;
    } else {
      append_utf8(code,
                  text);  // half a pair becomes invalid UTF-8, so its row is rejected
    }
  }
  if (i < bytes.size()) {
    text += '\xFF';
  }
  return text;
}

std::string convert_by_icu(std::string_view bytes, const char* name) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(ucnv_open(name, &error), &ucnv_close);
  if (U_FAILURE(error)) {
    throw std::bad_alloc();  // all names above are known to ICU
  }
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 2);
  std::array<UChar, 4096> units = {};
  const char* from = bytes.data();
  const char* const end = bytes.data() + bytes.size();
  for (bool more = true; more;) {
    UChar* to = units.data();
    error = U_ZERO_ERROR;
    ucnv_toUnicode(converter.get(), &to, units.data() + units.size(), &from, end, nullptr, 1, &error);
    more = error == U_BUFFER_OVERFLOW_ERROR;
    for (const UChar* unit = units.data(); unit < to; ++unit) {
      if (*unit == 0xFFFD) {
        text += '\xFF';  // what was invalid stays so
        continue;
      }
      const bool pair = U16_IS_LEAD(*unit) && unit + 1 < to;
      append_utf8(pair ? static_cast<uint32_t>(U16_GET_SUPPLEMENTARY(unit[0], unit[1])) : *unit, text);
      unit += pair ? 1 : 0;
    }
  }
  return text;
}

// Windows writes the euro sign as the byte 0x80, which GB 18030 has in the middle of letters alone.
std::string gb18030_to_utf8(std::string_view bytes, const char* converter) {
  std::string text;
  size_t begin = 0;
  const bool euro = bytes.find('\x80') != std::string_view::npos;
  for (size_t at = 0; euro && at < bytes.size();) {
    const auto byte = static_cast<unsigned char>(bytes[at]);
    const bool of_four = at + 1 < bytes.size() && bytes[at + 1] >= '0' && bytes[at + 1] <= '9';
    if (byte == 0x80) {
      text += convert_by_icu(bytes.substr(begin, at - begin), converter) + "€";
      begin = ++at;
    } else {
      at += byte < 0x80 ? 1 : of_four ? 4 : 2;
    }
  }
  return text + convert_by_icu(bytes.substr(begin), converter);
}

// The single-byte encoding that ICU's statistics of letters find in the text; `second` the next of them.
std::vector<Encoding> single_byte_by_language(const std::string& sample) {
  static constexpr auto kFound =
      std::to_array<std::pair<std::string_view, Encoding>>({{"ISO-8859-1", Encoding::kLatin1},
                                                            {"windows-1252", Encoding::kWindows1252},
                                                            {"ISO-8859-2", Encoding::kIso8859_2},
                                                            {"windows-1250", Encoding::kWindows1250},
                                                            {"windows-1251", Encoding::kWindows1251},
                                                            {"ISO-8859-7", Encoding::kWindows1253},
                                                            {"windows-1253", Encoding::kWindows1253},
                                                            {"ISO-8859-9", Encoding::kWindows1254},
                                                            {"windows-1254", Encoding::kWindows1254},
                                                            {"windows-1255", Encoding::kWindows1255},
                                                            {"ISO-8859-8", Encoding::kWindows1255},
                                                            {"windows-1256", Encoding::kWindows1256},
                                                            {"KOI8-R", Encoding::kKoi8R}});
  std::vector<Encoding> found;
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UCharsetDetector, decltype(&ucsdet_close)> detector(ucsdet_open(&error), &ucsdet_close);
  ucsdet_setText(detector.get(), sample.data(), static_cast<int32_t>(sample.size()), &error);
  int32_t count = 0;
  const UCharsetMatch** const matches = ucsdet_detectAll(detector.get(), &count, &error);
  for (int32_t m = 0; U_SUCCESS(error) && m < count; ++m) {
    const char* const name = ucsdet_getName(matches[m], &error);
    const auto known = std::ranges::find(kFound, std::string_view(name == nullptr ? "" : name),
                                         &std::pair<std::string_view, Encoding>::first);
    if (known != kFound.end()) {
      found.push_back(known->second);
    }
  }
  return found;
}

bool has_c1(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c >= 0x80 && c < 0xA0; });
}

// Some words beyond ASCII of the decoded text.
std::string words_of(const std::string& sample, Encoding encoding) {
  const std::string text = decode(std::string_view(sample).substr(0, sample.find('\n')), encoding);
  size_t begin = 0;
  while (begin < text.size() && static_cast<unsigned char>(text[begin]) < 0x80) {
    ++begin;
  }
  const size_t cell = text.find_last_of(",;\t|\"", begin);
  begin = cell == std::string::npos ? 0 : cell + 1;
  size_t end = std::min({text.find_first_of(",;\t|\"", begin), begin + 40, text.size()});
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) {
    ++end;
  }
  std::string words = text.substr(begin, end - begin);
  std::erase(words, '\xFF');  // what is invalid in the encoding
  return words;
}

}  // namespace

std::string_view to_string(Encoding encoding) {
  return std::ranges::find(kNames, encoding, &EncodingName::encoding)->name;
}

std::optional<Encoding> encoding_of_name(std::string_view name) {
  if (name == "gbk") {
    return Encoding::kGb18030;
  }
  if (name == "utf-16be") {
    return Encoding::kUtf16Big;
  }
  const auto found = std::ranges::find(kNames, name == "utf-16le" ? "utf-16" : name, &EncodingName::name);
  return found == kNames.end() ? std::nullopt : std::optional(found->encoding);
}

std::string decode(std::string_view bytes, Encoding encoding) {
  const char* const converter = std::ranges::find(kNames, encoding, &EncodingName::encoding)->converter;
  if (converter != nullptr) {
    return encoding == Encoding::kLatin1 && !has_c1(bytes) ? latin1_to_utf8(bytes)
           : encoding == Encoding::kGb18030                ? gb18030_to_utf8(bytes, converter)
                                                           : convert_by_icu(bytes, converter);
  }
  return encoding == Encoding::kUtf8 ? std::string(bytes) : utf16_to_utf8(bytes, encoding);
}

std::optional<Encoding> utf16_without_mark(std::string_view head) {
  head = head.substr(0, head.size() / 2 * 2);
  int64_t zeros[2] = {0, 0};
  for (size_t i = 0; i < head.size(); ++i) {
    zeros[i % 2] += head[i] == '\0' ? 1 : 0;
  }
  const bool little = zeros[1] > zeros[0];
  const int64_t most = std::max(zeros[0], zeros[1]);
  if (most < 4 || 50 * most < std::ssize(head) || 20 * std::min(zeros[0], zeros[1]) > most) {
    return std::nullopt;
  }
  bool line_end = false;
  for (size_t i = 0; i < head.size(); i += 2) {
    const auto low = static_cast<unsigned char>(head[little ? i : i + 1]);
    const auto high = static_cast<unsigned char>(head[little ? i + 1 : i]);
    line_end |= high == 0 && (low == '\n' || low == '\r');
    const bool control =
        high == 0 && (low < 0x20 || (low >= 0x7F && low < 0xA0)) && low != '\n' && low != '\r' && low != '\t';
    if (control || (high >= 0xE0 && high < 0xF9) || (high == 0xFF && low >= 0xFE)) {  // private use; no letter
      return std::nullopt;
    }
  }
  return !line_end ? std::nullopt : std::optional(little ? Encoding::kUtf16Little : Encoding::kUtf16Big);
}

void EncodingDetector::add(std::string_view lines) {
  const auto high = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
  for (size_t at = 0; at < lines.size();) {
    const size_t end = std::min(lines.find_first_of("\n\r", at), lines.size());
    const std::string_view line = lines.substr(at, end - at);
    at = end + 1;
    ++lines_;
    if (std::ranges::none_of(line, high)) {
      continue;
    }
    ++beyond_ascii_;
    if (is_valid_utf8(line)) {
      continue;
    }
    ++invalid_;
    first_invalid_ = first_invalid_ || lines_ == 1;
    if (sample_.size() < kMostSampled) {
      high_bytes_ += std::ranges::count_if(line, high);
      sample_.append(line.substr(0, kMostSampled)).append("\n");
    }
  }
}

EncodingDetector::Guess EncodingDetector::guess() const {
  // One such line among rows is damage; a header alone is hardly so.
  const bool enough = invalid_ >= 2 || (invalid_ == 1 && beyond_ascii_ == 1 &&
                                        (high_bytes_ >= 4 || (first_invalid_ && lines_ > kHeaderAlone)));
  if (!enough || 2 * invalid_ <= beyond_ascii_) {
    return {};
  }
  std::vector<EncodingScore> scores = score_encodings(sample_);
  // Which language's letters a single-byte text has, its forms do not tell well; statistics do, with enough text.
  const std::vector<Encoding> languages = single_byte_by_language(sample_);
  const double trust = 0.1 * std::min(1.0, static_cast<double>(high_bytes_) / 200);
  for (size_t l = 0; l < languages.size(); ++l) {
    const auto score = std::ranges::find(scores, languages[l], &EncodingScore::encoding);
    if (score != scores.end()) {
      score->score += trust * static_cast<double>(languages.size() - l) / static_cast<double>(languages.size());
    }
  }
  // Among the encodings of two bytes a letter, the letters decide.
  for (EncodingScore& score : scores) {
    const bool wide = score.encoding == Encoding::kGb18030 || score.encoding == Encoding::kBig5 ||
                      score.encoding == Encoding::kEucKr || score.encoding == Encoding::kEucJp ||
                      score.encoding == Encoding::kShiftJis;
    if (wide && score.score > 0) {
      score.score += kUsualLetters * share_of_usual_letters(decode(sample_, score.encoding), score.encoding);
    }
  }
  std::ranges::stable_sort(scores, std::greater(), &EncodingScore::score);
  Guess guess = {.encoding = scores.front().encoding};
  const bool western = guess.encoding == Encoding::kLatin1;
  if (scores[1].score > scores[0].score - 0.15) {
    guess.near = scores[1].encoding;
  }
  guess.encoding = western && has_c1(sample_) ? Encoding::kWindows1252 : guess.encoding;
  guess.sample = words_of(sample_, guess.encoding);
  return guess;
}

}  // namespace haina
