// Texts as bags of words.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "data/vocabulary.h"
#include "kernels/csr.h"

namespace haina {

enum class Grams { kWords, kWordsAndPairs };  // pairs of neighboring words, "a b", follow the words of a text
// Calls visit(row, grams) for every text in order, on the calling thread. Texts are tokenized on all threads, block by
// block, so that the words of all texts are never in memory at once.
void visit_grams(std::span<const std::string> texts, const std::string& language, Grams grams,
                 const std::function<void(int64_t row, const std::vector<std::string>& grams)>& visit);

// float32 counts [texts, vocabulary]; words that the vocabulary lacks are dropped.
Csr count_words(std::span<const std::string> texts, const std::string& language, Grams grams,
                const Vocabulary& vocabulary);
// The same after adding every new word to the vocabulary, in order of first occurrence.
Csr learn_words(std::span<const std::string> texts, const std::string& language, Grams grams, Vocabulary& vocabulary);

}  // namespace haina
