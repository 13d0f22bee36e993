// haina explain as a user runs it: one screen, one document, and errors that say what to do.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "run_binary.h"

namespace haina {
namespace {

class ExplainCommand : public BinaryTest {
 protected:
  void SetUp() override {
    BinaryTest::SetUp();
    std::string orders = "user_id,item_id,timestamp\n", items = "item_id,kind\n";
    for (int u = 0; u < 60; ++u) {
      for (int n = 0; n < 8; ++n) {
        const int item = u % 2 + 2 * ((u / 2 * 4 + n * 7) % 15);
        orders += "u" + std::to_string(u) + ",i" + std::to_string(item) + "," +
                  std::to_string(1700000000 + 100000 * n + 37 * u) + "\n";
      }
    }
    for (int i = 0; i < 30; ++i) {
      items += "i" + std::to_string(i) + (i % 2 == 0 ? ",even\n" : ",odd\n");
    }
    put("exports/orders.csv", orders);
    put("exports/items.csv", items);
    put("haina.toml",
        "[project]\nname = \"shop\"\n[[source]]\nname = \"orders\"\nkind = \"events\"\npath = \"exports/orders.csv\"\n"
        "columns = { user = \"user_id\", item = \"item_id\", time = \"timestamp:s\" }\n"
        "[[source]]\nname = \"items\"\nkind = \"items\"\npath = \"exports/items.csv\"\n"
        "columns = { item = \"item_id\", kind = \"category\" }\n"
        "[split]\nby = \"leave_last\"\n"
        "[train]\nnetwork = \"none\"\n[train.experts.popularity]\n[train.experts.ease]\n");
  }
};

TEST_F(ExplainCommand, PrintsAScreenADocumentAndAPage) {
  const Ended without = run("explain");
  EXPECT_EQ(without.code, 3) << without.err;
  EXPECT_TRUE(holds(without.err, "no trained model")) << without.err;
  EXPECT_TRUE(holds(without.err, "haina train")) << without.err;
  ASSERT_EQ(run("train").code, 0);

  const Ended screen = run("explain");
  ASSERT_EQ(screen.code, 0) << screen.err;
  EXPECT_LE(std::ranges::count(screen.out, '\n'), 24) << screen.out;
  EXPECT_TRUE(holds(screen.out, "ease")) << screen.out;
  EXPECT_TRUE(holds(screen.out, "haina explain --shapley")) << screen.out;

  const Ended shapley = run("--json explain --shapley --report explain.html --language zh");
  ASSERT_EQ(shapley.code, 0) << shapley.err;
  const nlohmann::json document = nlohmann::json::parse(shapley.out);
  EXPECT_EQ(document.at("source_values").at("sources").at(0).at("name"), "items.kind");
  EXPECT_FALSE(document.at("source_values").at("cached").get<bool>());
  EXPECT_TRUE(document.at("map").is_null()) << "there is no network";
  EXPECT_TRUE(holds(read_text(folder_ / "explain.html").value_or(""), "<html lang=\"zh\">"));
  const Ended again = run("explain --shapley");
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_LE(std::ranges::count(again.out, '\n'), 30) << again.out;
  EXPECT_TRUE(holds(again.out, "items.kind")) << again.out;
  EXPECT_FALSE(holds(again.err, "measure every set")) << "the values were kept: " << again.err;
}

TEST_F(ExplainCommand, WrongOptionsAreExplained) {
  ASSERT_EQ(run("train").code, 0);
  const Ended unasked = run("explain --sources items.kind");
  EXPECT_EQ(unasked.code, 2) << unasked.err;
  EXPECT_TRUE(holds(unasked.err, "add --shapley")) << unasked.err;
  const Ended unknown = run("explain --shapley --sources items.knd");
  EXPECT_EQ(unknown.code, 2) << unknown.err;
  EXPECT_TRUE(holds(unknown.err, "did you mean 'items.kind'")) << unknown.err;
  const Ended version = run("explain --model 20200101T000000");
  EXPECT_EQ(version.code, 3) << version.err;
  EXPECT_EQ(run("explain --language fr").code, 2);
}

}  // namespace
}  // namespace haina
