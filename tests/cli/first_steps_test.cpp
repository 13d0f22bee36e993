// The README's commands on a small shop: exit codes, what is printed where, one screen each.
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

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
  const Ended verbose = run("evaluate --no-ablation --verbose --report zh.html --language zh");
  EXPECT_GT(longest_line(verbose.out), longest_line(evaluated.out));
  EXPECT_TRUE(holds(verbose.out, "Haina's lists are ")) << verbose.out;
  EXPECT_TRUE(holds(read_text(folder_ / "zh.html").value_or(""), "<html lang=\"zh\">"));
}

TEST_F(FirstSteps, ServeTrainsNothingUnasked) {
  const Ended served = run("serve --port 0");
  EXPECT_EQ(served.code, 3) << served.err;
  EXPECT_TRUE(holds(served.err, "no trained model")) << served.err;
  EXPECT_TRUE(holds(served.err, "haina train")) << served.err;
  EXPECT_TRUE(holds(served.err, "haina serve --train")) << served.err;
  EXPECT_EQ(run("models list").out, "no trained model: run haina train\n");
  ASSERT_EQ(run("train").code, 0);
  put("models/current.json", "{");
  for (const char* const command : {"serve --port 0", "serve --port 0 --train", "recommend"}) {
    const Ended damaged = run(command);
    EXPECT_EQ(damaged.code, 4) << command << damaged.err;
    EXPECT_TRUE(holds(damaged.err, "models/current.json")) << damaged.err;
    EXPECT_TRUE(holds(damaged.err, "haina models use")) << damaged.err;
  }
}

// The files are read in another order: the version in use keeps its own dataset, and its lists.
TEST_F(FirstSteps, ChangedFilesChangeNoListsOfATrainedVersion) {
  ASSERT_EQ(run("train").code, 0);
  const std::string list = run("--json recommend --user u1 -k 5").out;
  std::string orders = *read_text(folder_ / "exports/orders.csv");
  const size_t header = orders.find('\n') + 1;
  std::vector<std::string> lines;
  for (size_t begin = header; begin < orders.size(); begin = orders.find('\n', begin) + 1) {
    lines.push_back(orders.substr(begin, orders.find('\n', begin) + 1 - begin));
  }
  std::string reversed = orders.substr(0, header);
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    reversed += *line;
  }
  put("exports/orders.csv", reversed);
  ASSERT_EQ(run("prepare").code, 0);
  const Ended again = run("--json recommend --user u1 -k 5");
  EXPECT_EQ(again.out, list);
  EXPECT_TRUE(holds(again.err, "have changed since version")) << again.err;
  ASSERT_EQ(run("train").code, 0);
  EXPECT_EQ(run("models rollback").code, 0);
  EXPECT_EQ(run("--json recommend --user u1 -k 5").out, list);
}

TEST_F(FirstSteps, ARollBackToAVersionThatCannotBeReadMovesNothing) {
  ASSERT_EQ(run("train").code, 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // versions are named after seconds
  ASSERT_EQ(run("train").code, 0);
  const std::string pointer = *read_text(folder_ / "models/current.json");
  const std::string before = nlohmann::json::parse(pointer).at("before").at(0);
  put("models/" + before + "/expert-ease.safetensors", "short");
  EXPECT_EQ(run("models rollback").code, 4);
  EXPECT_EQ(*read_text(folder_ / "models/current.json"), pointer);
  EXPECT_EQ(run("models use " + before).code, 4);
  EXPECT_EQ(*read_text(folder_ / "models/current.json"), pointer);
}

TEST_F(FirstSteps, TwoServicesOnOneFileAreToldApart) {
  ASSERT_EQ(run("train").code, 0);
  put("two.sh",
      "started() { for i in $(seq 300); do grep -q listening $1 && return; sleep 0.1; done; }\n"
      "$1 serve --port 0 >.one & one=$!\n"
      "started .one; $1 serve --port 0 2>.two; echo second $?\n"
      "kill -9 $one; wait $one; $1 serve --port 0 >.three & three=$!\n"
      "started .three; kill $three; wait $three; echo first $one\n");
  const std::string command = "cd '" + folder_.string() + "' && bash two.sh '" HAINA_BINARY "' >.out 2>.err";
  ASSERT_EQ(std::system(command.c_str()), 0);  // style-exception: the test's own words alone
  const std::string out = *read_text(folder_ / ".out"), refusal = *read_text(folder_ / ".two");
  EXPECT_TRUE(holds(out, "second 5")) << out << refusal;
  const std::string first = out.substr(out.find("first ") + 6);
  EXPECT_TRUE(
      holds(refusal, "another haina serve uses this store: process " + first.substr(0, first.find('\n')) + " on"))
      << refusal;
  EXPECT_TRUE(holds(*read_text(folder_ / ".three"), "listening on")) << "the lock outlived its killed process";
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
