#include "text/tokenizer.h"

#include <gtest/gtest.h>

namespace haina {
namespace {

using Words = std::vector<std::string>;

TEST(Words, AreCutFoldedAndStemmedAsTheLanguageDoes) {
  const Tokenizer english("english");
  EXPECT_EQ(english("The Running dogs, running!"), (Words{"the", "run", "dog", "run"}));
  EXPECT_EQ(english("Toy Story (1995)"), (Words{"toy", "stori", "1995"}));
  EXPECT_EQ(Tokenizer("german")("Häuser und Bäume"), (Words{"haus", "und", "baum"}));
  EXPECT_EQ(Tokenizer("russian")("Книги"), (Words{"книг"}));
}

TEST(Words, WithoutALanguageAreFoldedAlone) {
  const Tokenizer plain("none");
  EXPECT_EQ(plain("Running ＲＵＮ Straße"),
            (Words{"running", "run", "strasse"}));  // wide letters and sharp s are folded
  EXPECT_EQ(plain("推荐系统").empty(), false);
  for (const std::string& word : plain("推荐系统")) {
    EXPECT_LT(word.size(), std::string("推荐系统").size()) << "the dictionary must cut it";
  }
  EXPECT_EQ(plain(" -- ... "), Words{});
  EXPECT_EQ(plain(""), Words{});
  EXPECT_EQ(plain("good \xFF\xFE end").front(), "good");
}

TEST(Words, GuessesTheLanguageOfATable) {
  EXPECT_EQ(guess_language(
                Words{"The Lord of the Rings", "A Bug's Life", "Much Ado about Nothing", "The Silence of the Lambs"}),
            "english");
  EXPECT_EQ(guess_language(Words{"Der Himmel über Berlin", "Das Boot", "Die Blechtrommel und der Mann"}), "german");
  EXPECT_EQ(guess_language(Words{"推荐系统", "深度学习"}), "none");
  EXPECT_EQ(guess_language(Words{"XK-14", "PA 200", "ZZ 9"}), "none");
  EXPECT_EQ(guess_language(Words{}), "none");
}

}  // namespace
}  // namespace haina
