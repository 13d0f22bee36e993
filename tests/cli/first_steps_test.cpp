// The README's commands on a small shop: exit codes, what is printed where, one screen each.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "run_binary.h"

namespace haina {
namespace {

class FirstSteps : public BinaryTest {
 protected:
  // 40 users of two tastes, 8 orders each; experts and no network, so that a training takes a second.
  void SetUp() override {
    BinaryTest::SetUp();
    std::string orders = "user_id,item_id,timestamp\n";
    for (int u = 0; u < 40; ++u) {
      for (int n = 0; n < 8; ++n) {
        const int item = u % 2 + 2 * ((u / 2 * 4 + n * 7) % 15);
        orders += "u" + std::to_string(u) + ",i" + std::to_string(item) + "," +
                  std::to_string(1700000000 + 100000 * n + 37 * u) + "\n";
      }
    }
    put("exports/orders.csv", orders);
    put("haina.toml",
        "[project]\nname = \"shop\"\n[[source]]\nname = \"orders\"\nkind = \"events\"\npath = \"exports/orders.csv\"\n"
        "columns = { user = \"user_id\", item = \"item_id\", time = \"timestamp:s\" }\n"
        "[split]\nby = \"leave_last\"\n"
        "[train]\nnetwork = \"none\"\n[train.experts.popularity]\n[train.experts.ease]\n[train.experts.item_knn]\n");
  }
};

int64_t longest_line(const std::string& text) {
  int64_t longest = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    longest = std::max(longest, static_cast<int64_t>(end - begin));
    begin = end + 1;
  }
  return longest;
}

TEST_F(FirstSteps, FromFilesToAListAndAVerdict) {
  const Ended prepared = run("prepare");
  ASSERT_EQ(prepared.code, 0) << prepared.err;
  EXPECT_TRUE(holds(prepared.out, "40 users, 30 items")) << prepared.out;

  const Ended trained = run("train");
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_TRUE(holds(trained.err, "stage 1 of 3: ")) << trained.err;
  EXPECT_TRUE(holds(trained.err, "stage 3 of 3: ")) << trained.err;
  EXPECT_TRUE(holds(trained.err, " left in all")) << trained.err;

  const Ended list = run("recommend --user u1 -k 3");
  ASSERT_EQ(list.code, 0) << list.err;
  EXPECT_TRUE(holds(list.out, "  1. ")) << list.out;
  EXPECT_EQ(nlohmann::json::parse(run("--json recommend --user u1 -k 3").out).at("items").size(), 3U);

  const Ended evaluated = run("evaluate --no-ablation");
  ASSERT_EQ(evaluated.code, 0) << evaluated.err;
  EXPECT_LE(std::ranges::count(evaluated.out, '\n'), 24) << evaluated.out;
  EXPECT_TRUE(holds(evaluated.out, "Haina's lists are ")) << evaluated.out;
  EXPECT_TRUE(holds(evaluated.out, "report.html")) << evaluated.out;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "report.html"));
  const Ended verbose = run("evaluate --no-ablation --verbose --report ''");
  EXPECT_GT(longest_line(verbose.out), longest_line(evaluated.out));
}

TEST_F(FirstSteps, ANewShopIsToldWhatWasDone) {
  put("exports/orders.csv", "user_id,item_id,timestamp\nann,b1,1700000000\nbob,b2,1700000100\nann,b3,1700000200\n");
  const Ended trained = run("train");
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_TRUE(holds(trained.out, "3 goal events: too few to hold out a test part")) << trained.out;
  EXPECT_TRUE(holds(trained.out, "nothing was tuned or evaluated")) << trained.out;
  EXPECT_TRUE(holds(trained.out, "hint: ")) << trained.out;
  const Ended evaluated = run("evaluate");
  EXPECT_EQ(evaluated.code, 4);
  EXPECT_TRUE(holds(evaluated.err, "3 goal events")) << evaluated.err;
  EXPECT_EQ(run("recommend --user ann -k 2").code, 0);
}

}  // namespace
}  // namespace haina
