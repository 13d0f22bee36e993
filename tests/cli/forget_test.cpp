// haina forget: on a project with and without a store.
#include <filesystem>
#include <fstream>
#include <string>

#include "base/files.h"
#include "run_binary.h"
#include "store/store.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

class ForgetCommand : public BinaryTest {
 protected:
  void SetUp() override {
    BinaryTest::SetUp();
    std::string clicks = "user,item,time\n";
    for (int u = 0; u < 8; ++u) {
      for (int i = 0; i < 6; ++i) {
        clicks += "person" + std::to_string(u) + ",i" + std::to_string((u + i) % 10) + "," +
                  std::to_string(1700000000 + 1000 * u + i) + "\n";
      }
    }
    put("clicks.csv", clicks);
    put("haina.toml",
        "[[source]]\nname = \"clicks\"\nkind = \"events\"\npath = \"clicks.csv\"\naction = \"click\"\n"
        "columns = { user = \"user\", item = \"item\", time = \"time\" }\n");
    const Ended prepared = run("prepare");
    ASSERT_EQ(prepared.code, 0) << prepared.err;
  }
};

TEST_F(ForgetCommand, WithoutAStoreTheProjectForgets) {
  const Ended there = run("forget person3 --verify");
  EXPECT_EQ(there.code, 4) << there.out << there.err;
  EXPECT_TRUE(holds(there.out, "still there: prepared: id of a user")) << there.out;
  EXPECT_TRUE(holds(there.out, "hint: haina forget person3")) << there.out;
  EXPECT_TRUE(holds(there.out, "raw exports")) << there.out;
  const Ended gone = run("forget person3");
  EXPECT_EQ(gone.code, 0) << gone.err;
  EXPECT_TRUE(holds(gone.out, "prepared: written without the user")) << gone.out;
  const Ended verified = run("forget person3 --verify");
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  EXPECT_TRUE(holds(verified.out, "gone: person3 is in nothing that Haina keeps")) << verified.out;
  // Prepared again from changed exports that still have the user.
  put("clicks.csv", *read_text(folder_ / "clicks.csv") + "person9,i1,1700999999\n");
  EXPECT_EQ(run("prepare").code, 0);
  EXPECT_EQ(run("forget person3 --verify").code, 0);
  EXPECT_EQ(run("forget person9 --verify").code, 4);
  EXPECT_FALSE(holds(*read_text(folder_ / "forgotten.json"), "person3"));
}

TEST_F(ForgetCommand, AStoreForgetsAndIsSearched) {
  const std::string url = "sqlite://" + (folder_ / "live.db").string();
  {
    auto store = Store::open(url);
    ASSERT_TRUE(store);
    ASSERT_TRUE(store->append({{{.user = "acme:ann", .item = "i1", .action = "click", .time_us = 1}}}));
    ASSERT_TRUE(store->put({{{"user", "bob", R"({"friends":["acme:ann"]})", 1}}}));
  }
  const Ended there = run("--json forget ann --tenant acme --verify");
  EXPECT_EQ(there.code, 4) << there.err;
  const auto document = nlohmann::json::parse(there.out);
  EXPECT_EQ(document.at("gone"), false);
  EXPECT_EQ(document.at("left").size(), 2U) << there.out;  // an event, a friend
  const Ended gone = run("forget ann --tenant acme --store " + url);
  EXPECT_EQ(gone.code, 0) << gone.err;
  EXPECT_TRUE(holds(gone.out, "1 events")) << gone.out;
  EXPECT_EQ(run("forget acme:ann --verify").code, 0);
  EXPECT_EQ(run("forget").code, 2) << "whom?";
  const Ended typo = run("forget ann --verify --store sqlite://typo.db");
  EXPECT_EQ(typo.code, 3) << typo.out;
  EXPECT_TRUE(holds(typo.err, "there is no such store")) << typo.err;
  EXPECT_EQ(run("forget ann --store sqlite://typo.db").code, 3);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "typo.db")) << "looking makes none";
}

TEST_F(ForgetCommand, WhatDeletedRowsLeaveIsFound) {
  const fs::path file = folder_ / "live.db";
  ASSERT_TRUE(Store::open("sqlite://" + file.string()));
  // As a row stands in the file: its columns side by side.
  std::ofstream(file, std::ios::app | std::ios::binary)
      << std::string(4096 - 40, '\0') << "e1person77i1click" << std::string(40 - 17, '\0');
  const Ended there = run("forget person77 --verify");
  EXPECT_EQ(there.code, 4) << there.out << there.err;
  EXPECT_TRUE(holds(there.out, "in a deleted row")) << there.out;
}

TEST_F(ForgetCommand, WhatAKilledTrainingLeftGoesToo) {
  put("datasets/20260101T000000/events.jsonl", R"({"user":"person3"})");
  EXPECT_EQ(run("forget person3").code, 0);
  EXPECT_EQ(run("forget person3 --verify").code, 0);
}

}  // namespace
}  // namespace haina
