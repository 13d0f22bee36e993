#include "data/word_bags.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace haina {
namespace {

TEST(WordBags, WordsAreNumberedInOrderOfFirstOccurrence) {
  const std::vector<std::string> texts = {"war and war", "", "love and"};
  Vocabulary vocabulary;
  const Csr counts = learn_words(texts, "none", Grams::kWords, vocabulary);
  EXPECT_EQ(vocabulary.to_strings(), (std::vector<std::string>{"war", "and", "love"}));
  EXPECT_TRUE(
      at::equal(to_dense(counts), at::tensor({2.0F, 1.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 1.0F, 1.0F}).view({3, 3})));
}

TEST(WordBags, PairsFollowTheWordsOfATextAndUnknownOnesAreDropped) {
  Vocabulary vocabulary;
  learn_words(std::vector<std::string>{"a b c"}, "none", Grams::kWordsAndPairs, vocabulary);
  EXPECT_EQ(vocabulary.to_strings(), (std::vector<std::string>{"a", "b", "c", "a b", "b c"}));
  const Csr counts = count_words(std::vector<std::string>{"b c d", "x"}, "none", Grams::kWordsAndPairs, vocabulary);
  EXPECT_EQ(vocabulary.size(), 5);
  EXPECT_EQ(std::vector<int32_t>(counts.row(0).begin(), counts.row(0).end()), (std::vector<int32_t>{1, 2, 4}));
  EXPECT_TRUE(counts.row(1).empty());
}

TEST(WordBags, TextsAreVisitedInOrderAcrossBlocks) {
  const std::vector<std::string> texts(5000, "one two");
  int64_t next = 0;
  visit_grams(texts, "none", Grams::kWords, [&](int64_t row, const std::vector<std::string>& words) {
    EXPECT_EQ(row, next++);
    EXPECT_EQ(words, (std::vector<std::string>{"one", "two"}));
  });
  EXPECT_EQ(next, 5000);
}

}  // namespace
}  // namespace haina
