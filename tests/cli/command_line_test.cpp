// Mistyped commands, options and arguments: exit code 2, what is wrong, and what was probably meant.
#include <string>
#include <tuple>
#include <vector>

#include "run_binary.h"

namespace haina {
namespace {

using CommandLine = BinaryTest;

TEST_F(CommandLine, MistypedWordsAreAnsweredWithDidYouMean) {
  const std::vector<std::tuple<std::string, std::string, std::string>> cases = {
      {"recomend --user 5", "unknown command 'recomend'", "did you mean 'recommend'?"},
      {"similar 5", "unknown command 'similar'", "recommend --history ITEM"},
      {"--json serv", "unknown command 'serv'", "did you mean 'serve'?"},
      {"models lst", "unknown command 'lst'", "did you mean 'list'?"},
      {"keys ad shop", "unknown command 'ad'", "did you mean 'add'?"},
      {"train --bugdet 10m", "unknown option '--bugdet'", "did you mean '--budget'?"},
      {"recommend --usr=5", "unknown option '--usr'", "did you mean '--user'?"},
      {"recommend 42", "unexpected argument '42'", "did you mean --user 42?"},
      {"prepare now", "unexpected argument 'now'", "haina prepare --help"},
      {"xyzzy", "unknown command 'xyzzy'", "known: init, prepare, train"},
      {"help recomend", "no help on 'recomend'", "did you mean 'recommend'?"},
      {"", "no command is given", "init, prepare, train"},
      {"models", "no command is given", "list, use, rollback"},
      {"recommend --user", "--user", "haina recommend --help"},
      {"serve --port many", "many", "haina serve --help"},
      {"evaluate --language de", "'de'", "--language en (English) or --language zh (Chinese)"}};
  for (const auto& [arguments, what, hint] : cases) {
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.code, 2) << arguments << "\n" << ended.err;
    EXPECT_EQ(ended.out, "") << arguments;
    EXPECT_TRUE(holds(ended.err, what)) << arguments << "\n" << ended.err;
    EXPECT_TRUE(holds(ended.err, "hint: ")) << arguments << "\n" << ended.err;
    EXPECT_TRUE(holds(ended.err, hint)) << arguments << "\n" << ended.err;
  }
}

TEST_F(CommandLine, HelpOpensWithAnExampleAndEndsWell) {
  for (const char* const command : {"", "init ", "prepare ", "train ", "evaluate ", "recommend ", "serve ", "models ",
                                    "models use ", "keys ", "keys add ", "synth ", "synth shop ", "help "}) {
    const Ended ended = run(std::string(command) + "--help");
    EXPECT_EQ(ended.code, 0) << command << ended.err;
    EXPECT_TRUE(ended.out.starts_with("example: haina ")) << command << "\n" << ended.out;
  }
  EXPECT_TRUE(run("--version").out.starts_with("haina "));
  const Ended reference = run("help config");
  EXPECT_EQ(reference.code, 0);
  EXPECT_TRUE(holds(reference.out, "## [[source]]"));
  EXPECT_TRUE(holds(reference.out, "## Recipes"));
}

TEST_F(CommandLine, WhatIsMissingIsNamed) {
  for (const char* const command : {"prepare", "train", "evaluate", "recommend", "serve", "models list"}) {
    const Ended ended = run(command);
    EXPECT_EQ(ended.code, 3) << command << "\n" << ended.err;
    EXPECT_TRUE(holds(ended.err, "haina.toml")) << ended.err;
    EXPECT_TRUE(holds(ended.err, "haina init")) << ended.err;
  }
  put("haina.toml",
      "[[source]]\nname = \"e\"\nkind = \"events\"\npath = \"e.csv\"\ncolumns = { user = \"u\", item = \"i\" }\n");
  const Ended ended = run("prepare");
  EXPECT_EQ(ended.code, 3) << ended.err;
  EXPECT_TRUE(holds(ended.err, "e.csv")) << ended.err;
}

TEST_F(CommandLine, InitLooksAtItsInputFirst) {
  put("haina.toml", "");
  const Ended absent = run("init /nonexistent");
  EXPECT_EQ(absent.code, 3) << absent.err;
  EXPECT_TRUE(holds(absent.err, "/nonexistent")) << absent.err;
  put("exports/e.csv", "user_id,item_id\nann,book\n");
  const Ended exists = run("init exports");
  EXPECT_EQ(exists.code, 2) << exists.err;
  EXPECT_TRUE(holds(exists.err, "--force")) << exists.err;
}

TEST_F(CommandLine, AWrongColumnExplainsRoles) {
  put("haina.toml",
      "[[source]]\nname = \"e\"\nkind = \"events\"\npath = \"e.csv\"\nheader = \"no\"\n"
      "columns = { user = \"#1\", item = \"#2\", rating = \"#3\" }\n");
  const Ended ended = run("prepare");
  EXPECT_EQ(ended.code, 2) << ended.err;
  EXPECT_TRUE(holds(ended.err, "haina.toml:6:")) << ended.err;
  EXPECT_TRUE(holds(ended.err, "value = \"#3\"")) << ended.err;
}

}  // namespace
}  // namespace haina
