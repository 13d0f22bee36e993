#include "text/name_words.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace haina {
namespace {

TEST(NameWords, AreFoldedAndCut) {
  EXPECT_EQ(name_words("Book-RatingÉté"), (std::vector<std::string>{"book", "rating", "ete"}));
  EXPECT_EQ(name_words("userId2"), (std::vector<std::string>{"user", "id", "2"}));
  EXPECT_EQ(name_words("действие"), (std::vector<std::string>{"действие"})) << "й is a letter of its own";
  EXPECT_EQ(name_words("商品コード"), (std::vector<std::string>{"商品コード"}));
  EXPECT_EQ(name_words("사용자"), (std::vector<std::string>{"사용자"}));
}

}  // namespace
}  // namespace haina
