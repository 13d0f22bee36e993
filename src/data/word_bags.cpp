#include "data/word_bags.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <optional>

#include "text/tokenizer.h"

namespace haina {

void visit_grams(std::span<const std::string> texts, const std::string& language, Grams grams,
                 const std::function<void(int64_t row, const std::vector<std::string>& grams)>& visit) {
  constexpr int64_t kBlock = 4096;
  std::vector<std::vector<std::string>> block(static_cast<size_t>(std::min(kBlock, std::ssize(texts))));
  for (int64_t first = 0; first < std::ssize(texts); first += kBlock) {
    const int64_t size = std::min(kBlock, std::ssize(texts) - first);
    at::parallel_for(0, size, 256, [&](int64_t begin, int64_t end) {
      const Tokenizer tokenize(language);
      for (int64_t r = begin; r < end; ++r) {
        std::vector<std::string>& found = block[static_cast<size_t>(r)];
        found = tokenize(texts[static_cast<size_t>(first + r)]);
        const size_t words = found.size();
        for (size_t w = 0; grams == Grams::kWordsAndPairs && w + 1 < words; ++w) {
          found.push_back(found[w] + " " + found[w + 1]);
        }
      }
    });
    for (int64_t r = 0; r < size; ++r) {
      visit(first + r, block[static_cast<size_t>(r)]);
    }
  }
}

namespace {

// column_of(word): std::optional<int32_t>, nullopt drops the word.
template <class ColumnOf>
Csr count_columns(std::span<const std::string> texts, const std::string& language, Grams grams,
                  const Vocabulary& vocabulary, const ColumnOf& column_of) {
  std::vector<int32_t> rows, columns;
  visit_grams(texts, language, grams, [&](int64_t row, const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      if (const std::optional<int32_t> column = column_of(word)) {
        rows.push_back(static_cast<int32_t>(row));
        columns.push_back(*column);
      }
    }
  });
  const std::vector<float> ones(rows.size(), 1.0F);
  return csr_from_coordinates(std::ssize(texts), vocabulary.size(), rows, columns, ones, Repeats::kSum);
}

}  // namespace

Csr count_words(std::span<const std::string> texts, const std::string& language, Grams grams,
                const Vocabulary& vocabulary) {
  return count_columns(texts, language, grams, vocabulary,
                       [&](const std::string& word) { return vocabulary.find(word); });
}

Csr learn_words(std::span<const std::string> texts, const std::string& language, Grams grams, Vocabulary& vocabulary) {
  return count_columns(texts, language, grams, vocabulary,
                       [&](const std::string& word) { return std::optional<int32_t>(vocabulary.find_or_add(word)); });
}

}  // namespace haina
