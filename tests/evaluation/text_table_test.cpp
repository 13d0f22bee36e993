#include "evaluation/text_table.h"

#include <gtest/gtest.h>

namespace haina {
namespace {

TEST(TextTable, AlignsTheFirstColumnLeftAndTheOthersRight) {
  TextTable table({"model", "ndcg"});
  table.add({"ease", "0.3"});
  table.add({"popularity", "0.125"});
  EXPECT_EQ(table.text(),
            "model        ndcg\n"
            "-----------------\n"
            "ease          0.3\n"
            "popularity  0.125\n");
}

TEST(TextTable, CountsWideLettersAsTwoColumnsAndEndsNoLineInSpaces) {
  TextTable table({"name", ""});
  table.add({"海纳", "1"});
  EXPECT_EQ(table.text(), "name\n-------\n海纳  1\n");
}

}  // namespace
}  // namespace haina
