#include "data/assembly/title_similarity.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace haina {
namespace {

// What lowers a similarity.
constexpr double kSecondName = 0.01;    // a name in parentheses is a little less certain
constexpr double kUnknownYear = 0.02;   // one title has no year
constexpr double kAdjacentYear = 0.02;  // the years differ by one: release in two countries
constexpr double kOtherYear = 0.25;     // the years differ by more: a remake

icu::UnicodeString normalized(std::string_view text, bool compose) {
  UErrorCode code = U_ZERO_ERROR;
  const icu::Normalizer2* const normalizer =
      compose ? icu::Normalizer2::getNFKCInstance(code) : icu::Normalizer2::getNFKDInstance(code);
  icu::UnicodeString unicode =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  if (U_SUCCESS(code)) {
    const icu::UnicodeString result = normalizer->normalize(unicode, code);
    unicode = U_SUCCESS(code) ? result : unicode;
  }
  return unicode.foldCase();
}

// Words of letters and digits, without apostrophes and accents; every other character separates words. "&" is "and".
std::vector<std::string> title_words(std::string_view text) {
  const icu::UnicodeString unicode = normalized(text, false);
  std::vector<std::string> words;
  icu::UnicodeString word;
  const auto flush = [&] {
    if (!word.isEmpty()) {
      words.emplace_back();
      word.toUTF8String(words.back());
      word.remove();
    }
  };
  for (int32_t i = 0; i < unicode.length(); i = unicode.moveIndex32(i, 1)) {
    const UChar32 c = unicode.char32At(i);
    if (u_isalnum(c)) {
      word.append(c);
    } else if (c == '&') {
      flush();
      words.emplace_back("and");
    } else if (c != '\'' && c != 0x2019 && u_charType(c) != U_NON_SPACING_MARK) {
      flush();
    }
  }
  flush();
  return words;
}

// "matrix, the" becomes "the matrix": an article after the last comma goes to the front.
std::string with_article_in_front(std::string_view text) {
  static const std::set<std::string> articles = {"the", "a",   "an",  "la",  "le",  "les", "l",  "el", "il",
                                                 "lo",  "los", "las", "das", "der", "die", "un", "une"};
  const size_t comma = text.rfind(',');
  std::vector<std::string> words = title_words(text.substr(0, comma));
  if (comma != std::string_view::npos) {
    std::vector<std::string> last = title_words(text.substr(comma));
    const bool article = last.size() == 1 && articles.contains(last[0]);
    words.insert(article ? words.begin() : words.end(), last.begin(), last.end());
  }
  return fmt::format("{}", fmt::join(words, " "));
}

// Sorted trigrams of bytes, padded with blanks at both ends.
std::vector<uint32_t> trigrams_of(const std::string& text) {
  const std::string padded = "  " + text + " ";
  std::vector<uint32_t> trigrams;
  for (size_t i = 0; i + 2 < padded.size(); ++i) {
    const auto byte = [&](size_t at) { return static_cast<uint32_t>(static_cast<uint8_t>(padded[at])); };
    trigrams.push_back(byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2));
  }
  std::ranges::sort(trigrams);
  return trigrams;
}

double dice(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) {
  size_t shared = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) {
      ++shared, ++i, ++j;
    } else {
      ++(a[i] < b[j] ? i : j);
    }
  }
  return 2.0 * static_cast<double>(shared) / static_cast<double>(a.size() + b.size());
}

}  // namespace

std::optional<int> year_of(std::string_view text) {
  if (text.size() != 4 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  const int year = std::stoi(std::string(text));
  return year >= 1800 && year <= 2200 ? std::optional(year) : std::nullopt;
}

std::string normal_key(std::string_view text) {
  const icu::UnicodeString unicode = normalized(text, true);
  icu::UnicodeString kept;
  for (int32_t i = 0; i < unicode.length(); i = unicode.moveIndex32(i, 1)) {
    if (const UChar32 c = unicode.char32At(i); u_isalnum(c)) {
      kept.append(c);
    }
  }
  std::string key;
  kept.toUTF8String(key);
  return key;
}

NormalTitle normal_title(std::string_view text) {
  NormalTitle title;
  std::string outside;
  std::vector<std::string> inside;
  for (size_t at = 0; at < text.size();) {
    const size_t open = std::min(text.find('(', at), text.size());
    const size_t close = text.find(')', open);
    if (open == text.size() || close == std::string_view::npos) {
      outside += text.substr(at);
      break;
    }
    outside += text.substr(at, open - at);
    std::string_view within = text.substr(open + 1, close - open - 1);
    if (const auto year = year_of(within)) {
      title.year = year;
    } else {
      within.remove_prefix(within.starts_with("a.k.a. ") ? 7 : 0);
      inside.emplace_back(within);
    }
    at = close + 1;
  }
  inside.insert(inside.begin(), outside);
  for (const std::string& name : inside) {
    std::string variant = with_article_in_front(name);
    if (!variant.empty() && std::ranges::find(title.variants, variant) == title.variants.end()) {
      title.variants.push_back(std::move(variant));
    }
  }
  return title;
}

ComparableTitle::ComparableTitle(NormalTitle normal) : title(std::move(normal)) {
  for (const std::string& variant : title.variants) {
    trigrams.push_back(trigrams_of(variant));
  }
}

double title_similarity(const ComparableTitle& a, const ComparableTitle& b) {
  double best = 0;
  for (size_t i = 0; i < a.trigrams.size(); ++i) {
    for (size_t j = 0; j < b.trigrams.size(); ++j) {
      best = std::max(best, dice(a.trigrams[i], b.trigrams[j]) - (i > 0 ? kSecondName : 0) - (j > 0 ? kSecondName : 0));
    }
  }
  const auto& [x, y] = std::pair(a.title.year, b.title.year);
  if (x && y) {
    best -= *x == *y ? 0 : std::abs(*x - *y) == 1 ? kAdjacentYear : kOtherYear;
  } else if (x || y) {
    best -= kUnknownYear;
  }
  return std::max(0.0, best);
}

double title_similarity(const NormalTitle& a, const NormalTitle& b) {
  return title_similarity(ComparableTitle(a), ComparableTitle(b));
}

}  // namespace haina
