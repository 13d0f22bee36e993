// Words of any language: cut where Unicode cuts them (dictionaries for Chinese, Japanese, Thai), case and width folded,
// stemmed where the language has a Snowball stemmer. What the text encoder, the content expert and queries agree on.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace haina {

// The Snowball language ("english", "german", "russian", …) whose commonest words fill most of the texts, or "none"
// where none clearly does.
std::string guess_language(std::span<const std::string> texts);

class Tokenizer {
 public:
  // language: as guess_language gives it; an unknown one does not stem.
  explicit Tokenizer(const std::string& language);
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();
  // Stems in order, with repeats; numbers are words, punctuation is not. Invalid UTF-8 becomes a gap between words. One
  // thread at a time.
  std::vector<std::string> operator()(std::string_view utf8) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace haina
