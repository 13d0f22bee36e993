// `haina synth shop`: what it prints, what it refuses, and that the next command reads its folder.
#include <nlohmann/json.hpp>

#include "run_binary.h"

namespace haina {
namespace {

using Synth = BinaryTest;

TEST_F(Synth, WritesAShopThatPrepareReads) {
  const Ended written = run("synth shop invented --users 60 --items 50 --without-media");
  ASSERT_EQ(written.code, 0) << written.err;
  EXPECT_TRUE(holds(written.out, "invented/items.csv  50 rows")) << written.out;
  EXPECT_TRUE(holds(written.out, "invented/truth.json")) << written.out;
  const Ended prepared = run("prepare -c invented");
  ASSERT_EQ(prepared.code, 0) << prepared.err;
  EXPECT_TRUE(holds(prepared.out, "60 users, 50 items")) << prepared.out;

  const Ended again = run("synth shop invented --users 60 --items 50");
  EXPECT_EQ(again.code, 2) << again.err;
  EXPECT_TRUE(holds(again.err, "invented: the folder is not empty")) << again.err;
  EXPECT_TRUE(holds(again.err, "hint: name a new folder")) << again.err;
}

TEST_F(Synth, JsonIsOneDocument) {
  const Ended written = run("--json synth shop invented --users 60 --items 50 --seed 9");
  ASSERT_EQ(written.code, 0) << written.err;
  const nlohmann::json document = nlohmann::json::parse(written.out);
  EXPECT_EQ(document.at("schema"), "haina.synth/1");
  EXPECT_EQ(document.at("seed"), 9);
  EXPECT_EQ(document.at("rows").at("users.csv"), 60);
  EXPECT_GT(document.at("files").at("pictures"), 20);
}

TEST_F(Synth, ImpossibleNumbersAreRefused) {
  const Ended few = run("synth shop invented --users 3");
  EXPECT_EQ(few.code, 2) << few.err;
  EXPECT_TRUE(holds(few.err, "--users: 3 is no possible number")) << few.err;
  EXPECT_TRUE(holds(few.err, "from 50 to 200000")) << few.err;
  EXPECT_EQ(run("synth shop invented --items many").code, 2);
  EXPECT_EQ(run("synth shop invented --seed -1").code, 2);
  EXPECT_EQ(run("synth shop").code, 2);
  EXPECT_EQ(run("synth").code, 2);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "invented"));
}

}  // namespace
}  // namespace haina
