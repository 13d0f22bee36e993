#include "recommend/text_index.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace haina {
namespace {

std::vector<int64_t> order_of(const TextIndex& index, const std::string& query, int64_t items) {
  const at::Tensor match = index.match(query, items);
  std::vector<int64_t> found;
  const at::Tensor sorted = at::argsort(match, /*stable=*/true, 0, /*descending=*/true);
  for (int64_t r = 0; r < items; ++r) {
    const int64_t item = sorted[r].item<int64_t>();
    if (match[item].item<float>() > 0) {
      found.push_back(item);
    }
  }
  return found;
}

TEST(TextIndex, RareWordsAndShortTextsScoreHigher) {
  TextIndex index("english");
  index.put(0, {"The old harbour"});
  index.put(1, {"The old road by the old mill beyond the old wall of the old town"});
  index.put(2, {"A harbour, far away from all the roads and all the mills that one can think of"});
  index.put(3, {"Nothing of the kind"});
  EXPECT_EQ(order_of(index, "harbour", 4), (std::vector<int64_t>{0, 2}));  // the shorter text first
  EXPECT_EQ(order_of(index, "Old HARBOURS", 4).front(), 0);                // both words; case and plural fold
  EXPECT_EQ(index.match("harbour", 4).max().item<float>(), 1);
  EXPECT_TRUE(order_of(index, "zeppelin", 4).empty());
  EXPECT_TRUE(order_of(index, "  , ", 4).empty());
  EXPECT_TRUE(order_of(index, "", 4).empty());
}

TEST(TextIndex, PutReplacesTheWordsOfAnItem) {
  TextIndex index("english");
  index.put(0, {"winter"});
  index.put(7, {"summer"});  // items in between have no words
  EXPECT_EQ(order_of(index, "summer", 8), std::vector<int64_t>{7});
  index.put(7, {"autumn", "leaves"});
  EXPECT_TRUE(order_of(index, "summer", 8).empty());
  EXPECT_EQ(order_of(index, "leaf autumn", 8), std::vector<int64_t>{7});
  EXPECT_TRUE(order_of(index, "autumn", 3).empty());  // the match covers three items only
}

TEST(TextIndex, ChineseIsSplitIntoWords) {
  TextIndex index("none");
  index.put(0, {"红楼梦是一部小说"});
  index.put(1, {"西游记"});
  EXPECT_EQ(order_of(index, "小说", 2), std::vector<int64_t>{0});
}

}  // namespace
}  // namespace haina
