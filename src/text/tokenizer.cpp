#include "text/tokenizer.h"

#include <libstemmer.h>
#include <unicode/brkiter.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <map>
#include <set>

namespace haina {
namespace {

// The commonest words of each language, as frequency lists of them agree; short words shared by many languages are left
// out.
const std::map<std::string, std::set<std::string>>& common_words() {
  static const std::map<std::string, std::set<std::string>> words = {
      {"english", {"the", "of", "and", "to", "with", "for", "is", "that", "this", "from"}},
      {"german", {"der", "die", "und", "das", "mit", "für", "nicht", "ein", "eine", "ist"}},
      {"french", {"le", "les", "des", "et", "une", "pour", "dans", "est", "avec", "qui"}},
      {"spanish", {"el", "los", "las", "y", "del", "para", "con", "por", "una", "que"}},
      {"italian", {"il", "di", "che", "della", "per", "gli", "con", "una", "sono", "nel"}},
      {"portuguese", {"os", "das", "dos", "uma", "para", "com", "não", "em", "por", "ao"}},
      {"dutch", {"het", "een", "van", "voor", "met", "niet", "zijn", "op", "naar", "de"}},
      {"swedish", {"och", "att", "det", "som", "på", "är", "av", "för", "med", "inte"}},
      {"russian", {"и", "в", "не", "на", "что", "с", "как", "по", "это", "для"}}};
  return words;
}

std::vector<icu::UnicodeString> cut(std::string_view utf8, icu::BreakIterator& breaks) {
  UErrorCode code = U_ZERO_ERROR;
  const icu::Normalizer2* const fold = icu::Normalizer2::getNFKCCasefoldInstance(code);
  icu::UnicodeString text =
      icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<int32_t>(utf8.size())));
  if (U_SUCCESS(code)) {
    text = fold->normalize(text, code);
  }
  breaks.setText(text);
  std::vector<icu::UnicodeString> words;
  int32_t begin = breaks.first();
  for (int32_t end = breaks.next(); end != icu::BreakIterator::DONE; begin = end, end = breaks.next()) {
    if (breaks.getRuleStatus() >= UBRK_WORD_NONE_LIMIT) {  // letters, numbers, ideographs; not blanks and punctuation
      words.emplace_back(text, begin, end - begin);
    }
  }
  return words;
}

std::unique_ptr<icu::BreakIterator> make_breaks() {
  UErrorCode code = U_ZERO_ERROR;
  return std::unique_ptr<icu::BreakIterator>(icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), code));
}

}  // namespace

std::string guess_language(std::span<const std::string> texts) {
  constexpr size_t kLooked = 2000;
  const auto breaks = make_breaks();
  std::map<std::string, int64_t> hits;
  int64_t total = 0;
  for (size_t i = 0; i < std::min(kLooked, texts.size()); ++i) {
    for (const icu::UnicodeString& word : cut(texts[i], *breaks)) {
      std::string utf8;
      word.toUTF8String(utf8);
      ++total;
      for (const auto& [language, common] : common_words()) {
        hits[language] += common.contains(utf8) ? 1 : 0;
      }
    }
  }
  std::string best = "none";
  int64_t most = 0, second = 0;
  for (const auto& [language, count] : hits) {
    if (count > most) {
      second = most;
      most = count;
      best = language;
    } else {
      second = std::max(second, count);
    }
  }
  // One word in thirty at least, and clearly more than of any other language.
  return 30 * most >= total && 3 * most >= 4 * second && most > 0 ? best : "none";
}

struct Tokenizer::Impl {
  std::unique_ptr<icu::BreakIterator> breaks = make_breaks();
  std::unique_ptr<sb_stemmer, void (*)(sb_stemmer*)> stemmer = {nullptr, sb_stemmer_delete};
};

Tokenizer::Tokenizer(const std::string& language) : impl_(std::make_unique<Impl>()) {
  impl_->stemmer.reset(sb_stemmer_new(language.c_str(), "UTF_8"));  // nullptr for languages that it does not know
}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

std::vector<std::string> Tokenizer::operator()(std::string_view utf8) const {
  std::vector<std::string> words;
  for (const icu::UnicodeString& word : cut(utf8, *impl_->breaks)) {
    if (word.indexOf(char16_t{0xFFFD}) >= 0) {
      continue;
    }
    std::string text;
    word.toUTF8String(text);
    if (impl_->stemmer != nullptr) {
      const sb_symbol* const stem = sb_stemmer_stem(
          impl_->stemmer.get(), reinterpret_cast<const sb_symbol*>(text.data()), static_cast<int>(text.size()));
      if (stem != nullptr) {
        text.assign(reinterpret_cast<const char*>(stem), static_cast<size_t>(sb_stemmer_length(impl_->stemmer.get())));
      }
    }
    words.push_back(std::move(text));
  }
  return words;
}

}  // namespace haina
